"""ClusterMatchHead, written out once more in NumPy, and scenes that are known."""

import itertools

import numpy as np
import pytest
import torch

from fss_mm.registry import MODELS
from fss_mm.structures import PLAIN, QueryFeatures, SupportFeatures

pytest.importorskip('scipy', reason='scipy is not installed')
SIDE, CHANNELS = 5, 6


def build(levels=2, **kwargs):
    own = dict(in_channels=(CHANNELS,) * levels, in_index=tuple(range(levels)))
    return MODELS.build(dict(type='ClusterMatchHead') | own | kwargs).double().eval()


def scene(shots, seed, levels=2, side=SIDE, support_side=SIDE, noise=0.5):
    """Random images of three kinds of cells, of which the first is the class."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    kinds = draw(levels, 3, CHANNELS)
    kinds += 0.7 * draw(levels, 1, CHANNELS)

    def image(size):
        rows = torch.arange(size).view(-1, 1).expand(size, size)
        which = (3 * rows // size + (torch.rand(1, generator=generator) > 0.5)) % 3
        maps = [own[which.flatten()].T.view(-1, size, size) for own in kinds]
        return [x + noise * draw(*x.shape) for x in maps], which == 0

    levels_of_query, _ = image(side)
    query = QueryFeatures(tuple(x[None] for x in levels_of_query), (side, side))
    made = [image(support_side) for _ in range(shots)]
    views = tuple(
        torch.stack([own[0][level] for own in made])[None] for level in range(levels)
    )
    masks = torch.stack([own[1] for own in made])[None].to(torch.uint8)
    return query, SupportFeatures(masks, {PLAIN: views})


# ---- the algorithm, once more ------------------------------------------------------


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def average_linkage(cells, similarity):
    """Join the two groups whose cells are most alike on average, step by step."""
    groups = [[i] for i in range(len(cells))]
    cosines = cells @ cells.T
    while len(groups) > 1:
        pairs = itertools.combinations(range(len(groups)), 2)
        means = {(a, b): cosines[np.ix_(groups[a], groups[b])].mean() for a, b in pairs}
        a, b = max(means, key=means.get)
        if means[a, b] < similarity:
            break
        groups[a] += groups.pop(b)
    return groups


def expected_mask(
    query,
    supports,
    threshold=0.0,
    backward=True,
    similarity=0.6,
    seed_weight=True,
    area_weight=True,
):
    """The cells of the class, (P,), by loops over cells, shots and clusters."""
    grouped, matched = (
        unit(level[0].flatten(1).T.numpy())
        for level in (query.levels[0], query.levels[-1])
    )
    shots = [unit(x.flatten(1).T.numpy()) for x in supports.levels[-1][0]]
    masks = [x.flatten().numpy() == 1 for x in supports.masks[0]]

    def prototype(wanted):
        own = [shot[mask == wanted].mean(0) for shot, mask in zip(shots, masks)]
        return unit(np.mean(own, axis=0))

    cosine = matched @ prototype(True)
    if threshold == 'background':
        threshold = matched @ prototype(False)
    margin = cosine - threshold
    chosen = margin > 0
    if not chosen.any():
        chosen = margin > np.quantile(margin, 0.9)
    if backward:
        votes = np.zeros(len(matched))
        for shot, mask in zip(shots, masks):
            votes += mask[np.argmax(matched @ shot.T, axis=1)]
        chosen &= votes >= np.ceil(len(shots) / 2)
    if similarity is None:
        return chosen
    found = np.zeros(len(matched), dtype=bool)
    groups = [np.array(g) for g in average_linkage(grouped, similarity)]
    groups = [g for g in groups if chosen[g].any()]
    if not groups:
        return found
    means = [unit(matched[g].mean(0)) for g in groups]
    seed = int(np.argmax([m @ prototype(True) for m in means]))
    for place, group in enumerate(groups):
        score = cosine[group].mean()
        if seed_weight:
            pair = [unit(grouped[g].mean(0)) for g in (group, groups[seed])]
            score *= pair[0] @ pair[1]
        if area_weight and place != seed:
            score *= chosen[group].mean()
        found[group] = score > 0.2
    return found


SWITCHES = dict(
    whole={},
    no_backward=dict(backward=False),
    no_clusters=dict(clusters=False),
    no_seed_weight=dict(seed_weight=False),
    no_area_weight=dict(area_weight=False),
    background=dict(candidate_threshold='background', backward=False),
    high_threshold=dict(candidate_threshold=0.99),
    nothing_but_forward=dict(clusters=False, backward=False),
    fine_clusters=dict(similarity=0.9),
)


def arguments_of_numpy(clusters=True, candidate_threshold=0.0, **same):
    found = same | dict(threshold=candidate_threshold)
    return found if clusters else found | dict(similarity=None)


@pytest.mark.parametrize('levels', [1, 2])
@pytest.mark.parametrize('shots', [1, 3])
@pytest.mark.parametrize('name', SWITCHES)
def test_masks_are_those_of_numpy(name, shots, levels):
    head = build(levels, **SWITCHES[name])
    sizes = set()
    for seed in range(4):
        query, supports = scene(shots, seed, levels)
        logits = head(query, supports).query_logits
        expected = expected_mask(
            query, supports, **arguments_of_numpy(**SWITCHES[name])
        )
        assert (logits.argmax(1).flatten().numpy() == expected).all(), seed
        sizes.add(int(expected.sum()))
    assert max(sizes) > 0 and min(sizes) < SIDE**2, 'masks are not trivial'


def test_switches_change_masks():
    """So that the comparison above sees each of them."""
    masks = {name: [] for name in SWITCHES}
    for name, own in SWITCHES.items():
        for seed in range(20):
            query, supports = scene(3, seed, noise=0.9)
            found = build(**own)(query, supports).query_logits.argmax(1)
            masks[name].append(found.flatten().tolist())
    pairs = itertools.combinations(SWITCHES, 2)
    assert [pair for pair in pairs if masks[pair[0]] == masks[pair[1]]] == []


@pytest.mark.parametrize('support_side', [5, 11])
def test_supports_of_another_size(support_side):
    head = build()
    query, supports = scene(2, 0, support_side=support_side)
    logits = head(query, supports).query_logits
    expected = expected_mask(query, supports)
    assert (logits.argmax(1).flatten().numpy() == expected).all() and expected.any()


# ---- scenes ------------------------------------------------------------------------


def painted(picture, kinds=4):
    """A map of one-hot cells from rows of digits: (1, kinds, h, w)."""
    digits = torch.tensor([[int(x) for x in row] for row in picture.split()])
    return torch.nn.functional.one_hot(digits, kinds).double().permute(2, 0, 1)[None]


def find(query, support, wanted, **kwargs):
    """The mask of kind ``wanted`` of the support, found in the query, as digits."""
    own = dict(type='ClusterMatchHead', in_channels=(4,), in_index=(0,))
    head = MODELS.build(own | kwargs).double().eval()
    shown = painted(support)
    masks = shown[:, wanted][:, None].to(torch.uint8)
    supports = SupportFeatures(masks, {PLAIN: (shown[:, None],)})
    levels = (painted(query),)
    output = head(QueryFeatures(levels, tuple(levels[0].shape[-2:])), supports)
    rows = output.query_logits.argmax(1)[0].tolist()
    return ' '.join(''.join(map(str, row)) for row in rows)


def test_two_blobs():
    support = '00000 01100 01100 00022'
    query = '22000 22011 00011 00000'
    assert find(query, support, 1) == '00000 00011 00011 00000'
    assert find(query, support, 2) == '11000 11000 00000 00000'
    assert find(query, support, 1, clusters=False) == '00000 00011 00011 00000'


def test_what_the_query_does_not_have():
    assert find('000 000 020', '01 22', 1) == '000 000 000'
    assert find('111 111 111', '111 111 111', 1) == '111 111 111', 'all of both'


def test_a_cluster_takes_in_cells_that_do_not_match():
    """Cells half like the class join it by their cluster, not by themselves."""
    mixed = painted('1111')
    mixed[0, :, 0, 3] = torch.tensor([0.6, 0.8, 0.0, 0.0])  # nearest to kind 0's twin
    support = painted('110')
    support[0, :, 0, 2] = torch.tensor([0.7, 0.714, 0.0, 0.0])
    supports = SupportFeatures(
        torch.tensor([[[[1, 1, 0]]]], dtype=torch.uint8), {PLAIN: (support[:, None],)}
    )
    query = QueryFeatures((mixed,), (1, 4))
    for clusters, expected in ((False, [1, 1, 1, 0]), (True, [1, 1, 1, 1])):
        head = MODELS.build(
            dict(
                type='ClusterMatchHead',
                in_channels=(4,),
                in_index=(0,),
                clusters=clusters,
            )
        )
        found = head.double()(query, supports).query_logits.argmax(1)
        assert found.flatten().tolist() == expected


@pytest.mark.parametrize('value', [0, 255])
@pytest.mark.parametrize('name', SWITCHES)
def test_a_class_that_no_support_shows_is_nowhere(value, name):
    query, supports = scene(2, 0)
    supports.masks.fill_(value)
    logits = build(**SWITCHES[name])(query, supports).query_logits
    assert logits.isfinite().all() and not logits.argmax(1).any()


def test_a_support_that_is_the_class_throughout():
    query, supports = scene(1, 0)
    supports.masks.fill_(1)
    logits = build(clusters=False)(query, supports).query_logits
    cosine = torch.nn.functional.cosine_similarity(
        query.levels[-1],
        torch.nn.functional.normalize(supports.levels[-1][0], dim=1).mean(
            (2, 3), keepdim=True
        ),
    )
    assert torch.equal(logits.argmax(1), (cosine > 0).long())


def test_ignored_cells_answer_nothing():
    """Void around an object is most alike its border, and takes no vote."""
    support = painted('120')
    masks = torch.tensor([[[[1, 255, 0]]]], dtype=torch.uint8)
    supports = SupportFeatures(masks, {PLAIN: (support[:, None],)})
    like_both = torch.tensor([0.0, 0.6, 0.8, 0.0]).double().view(1, 4, 1, 1)
    query = QueryFeatures((like_both,), (1, 1))
    own = dict(type='ClusterMatchHead', in_channels=(4,), in_index=(0,))
    head = MODELS.build(own | dict(clusters=False)).double()
    assert head(query, supports).query_logits.argmax(1).item() == 1
    masks[0, 0, 0, 1] = 0
    assert head(query, supports).query_logits.argmax(1).item() == 0


def test_logits_are_graded():
    """Not the mask alone: what is more alike the class has larger log-odds."""
    query, supports = scene(3, 2, side=7, noise=0.8)
    for own in ({}, dict(clusters=False)):
        head = build(temperature=7.0, **own)
        background, foreground = head(query, supports).query_logits.unbind(1)
        assert not background.any(), 'the background is where the score decides'
        values = foreground.unique()
        assert len(values) > 3
        warmer = build(temperature=14.0, **own)(query, supports).query_logits
        assert torch.allclose(warmer[:, 1], 2 * foreground)


def test_a_query_is_clustered_once_and_supports_never(monkeypatch):
    from fss_mm.models.decode_heads import cluster_match_head

    seen = []
    original = cluster_match_head.cluster_cells

    def counted(feat, *args):
        seen.append(len(feat))
        return original(feat, *args)

    monkeypatch.setattr(cluster_match_head, 'cluster_cells', counted)
    head = build()
    query, supports = scene(3, 0)
    reduced = head.reduce_query(query)
    for shot in range(3):
        head.segment(reduced, head.represent(supports.shots([shot])))
    assert seen == [1]
    head(query, supports, with_support=True)
    assert seen == [1, 1, 3], 'supports are, where they are to be predicted'


@pytest.mark.parametrize(
    'argument, message',
    [
        (
            dict(candidate_threshold='mean'),
            "='mean', expected a cosine or 'background'",
        ),
        (dict(quantile=1.5), r'expected quantile in \[0, 1\], .* got quantile=1.5'),
        (dict(similarity=60), 'similarity=60, max_cells=4096'),
        (dict(max_cells=0), 'max_cells >= 1 .* max_cells=0'),
        (dict(temperature=0.0), 'temperature > 0, got .* temperature=0.0'),
    ],
)
def test_arguments_out_of_range(argument, message):
    with pytest.raises(ValueError, match=message):
        build(**argument)


def test_there_is_nothing_to_fine_tune():
    from tests.models.builders import segmentor_with

    with pytest.raises(ValueError, match='ClusterMatchHead has nothing to train'):
        segmentor_with('ClusterMatchHead', fine_tuning=dict(steps=1))
