"""HSNet against its description, written out in plain torch, in float64."""

from itertools import product

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from fss_mm.models import HSNetHead, ShotFusion
from fss_mm.models.decode_heads import hsnet_head
from fss_mm.models.layers import (
    CenterPivotConv4d,
    hypercorrelations,
    unit_cells,
    vote,
)
from fss_mm.structures import PLAIN, QueryFeatures, SupportFeatures
from fss_mm.utils import memory
from fss_mm.utils.masks import foreground_mask

SMALL = dict(
    type='HSNetHead',
    in_channels=(5, 6, 7, 8),
    num_levels=(2, 1, 1),
    channels=(4, 4, 8),
    num_groups=2,
    support_strides=((2, 2, 2), (2, 2, 1), (2, 1, 1)),
)
SIZES = (9, 9, 5, 3)  # of images of 65 pixels


def small_head(**kwargs):
    torch.manual_seed(0)
    own = SMALL | kwargs
    del own['type']
    return HSNetHead(**own)


def episodes(n=2, k=1, sizes=SIZES, dtype=torch.float64, support_sizes=None):
    """Features with negative values, and masks of a square."""
    torch.manual_seed(1)
    channels = SMALL['in_channels']

    def levels(sides, *shape):
        return tuple(
            torch.randn(*shape, c, side, side + 1, dtype=dtype)
            for c, side in zip(channels, sides)
        )

    masks = torch.zeros(n, k, 65, 65, dtype=torch.uint8)
    masks[..., 20:50, 10:40] = 1
    masks[..., :5, :] = 255
    views = {PLAIN: levels(support_sizes or sizes, n, k)}
    return QueryFeatures(levels(sizes, n), (65, 65)), SupportFeatures(masks, views)


ENCODER = dict(
    type='StandInBackbone', channels=SMALL['in_channels'], strides=(8, 8, 16, 32)
)
VOTES = 'votes of a head that has learned nothing are the same for every class'


# ---- the description, layer by layer -----------------------------------------------


def dense_kernel(layer):
    """The kernel over four dimensions that two of them stand for."""
    query, support = layer.over_query.weight, layer.over_support.weight
    side = query.shape[-1]
    kernel = query.new_zeros(*query.shape[:2], side, side, side, side)
    kernel[:, :, :, :, side // 2, side // 2] += query
    kernel[:, :, side // 2, side // 2] += support
    return kernel


def dense_conv4d(x, kernel, bias, stride):
    """A sum over all places of the window; the stride is the support's."""
    side, sizes = kernel.shape[-1], x.shape[2:]
    padded = F.pad(x, [side // 2] * 8)
    total = 0
    for a, b, c, d in product(range(side), repeat=4):
        shown = padded[
            :, :, a : a + sizes[0], b : b + sizes[1], c : c + sizes[2], d : d + sizes[3]
        ][..., ::stride, ::stride]
        total = total + torch.einsum(
            'oi,nipqhw->nopqhw', kernel[:, :, a, b, c, d], shown
        )
    return total + bias[:, None, None, None, None]


def blocks(layers, x):
    """Convolution, group norm and ReLU, three times."""
    for i in (0, 3, 6):
        conv, norm = layers[i], layers[i + 1]
        bias = conv.over_query.bias + conv.over_support.bias
        x = dense_conv4d(x, dense_kernel(conv), bias, conv.support_stride)
        groups = x.flatten(1).unflatten(1, (2, -1))
        spread = groups.var(2, correction=0, keepdim=True)
        normed = (groups - groups.mean(2, keepdim=True)) / (spread + 1e-5).sqrt()
        scale, shift = (v[:, None, None, None, None] for v in (norm.weight, norm.bias))
        x = F.relu(normed.view(x.shape) * scale + shift)
    return x


def enlarged(x, size):
    return F.interpolate(x, size, mode='bilinear', align_corners=True)


def described(net, query, support, mask):
    """Logits of one query (C, p, q a level) by one support, as section 4 says."""
    pairs = []
    for a, b in zip(query, support):
        weight = enlarged((mask == 1).double()[None, None], b.shape[-2:])[0, 0]
        b = b * weight
        a, b = (x / (x.square().sum(0).sqrt() + 1e-5) for x in (a, b))
        pairs.append(torch.einsum('cpq,chw->pqhw', a, b).clamp(min=0))
    stages = [torch.stack(pairs[:2])[None], pairs[2][None, None], pairs[3][None, None]]
    known = blocks(net.squeeze[2], stages[2])
    for stage in (1, 0):
        finer = blocks(net.squeeze[stage], stages[stage])
        columns = [
            enlarged(known[..., h, w], finer.shape[2:4])
            for h, w in product(range(known.shape[-2]), range(known.shape[-1]))
        ]
        known = torch.stack(columns, -1).unflatten(-1, known.shape[-2:])
        known = blocks(net.mix[stage], known + finer)
    x = known.mean((-2, -1))
    for layer in (net.decode[0], net.decode[2]):
        x = F.relu(F.conv2d(x, layer.weight, layer.bias, padding=1))
    x = enlarged(x, [2 * side for side in x.shape[-2:]])
    first, last = net.classify[0], net.classify[2]
    x = F.relu(F.conv2d(x, first.weight, first.bias, padding=1))
    return F.conv2d(x, last.weight, last.bias, padding=1)[0]


@pytest.mark.parametrize('shots', [1, 2])
def test_logits_are_those_of_the_description(shots):
    head = small_head().double().eval()
    query, supports = episodes(1, shots)
    with torch.no_grad():  # so that half of the cells are foreground
        first = head(query, supports.shots([0])).query_logits[0]
        head.squeeze.classify[2].bias[1] += (first[0] - first[1]).median()
    found = head(query, supports).query_logits[0]
    single = [
        described(
            head.squeeze,
            [level[0] for level in query.levels],
            [level[0, k] for level in supports.levels],
            supports.masks[0, k],
        )
        for k in range(shots)
    ]
    assert single[0].shape == (2, 18, 20) and single[0].std() > 1e-3
    if shots == 1:
        assert (found - single[0]).abs().max() < 1e-8
        return
    masks = sum(enlarged(x[None], (65, 65)).argmax(1)[0] for x in single)
    share = masks / max(1, masks.max())
    assert 0 < share.mean() < 1
    assert torch.equal(foreground_mask(found[None])[0], (share >= 0.5).byte())


@pytest.mark.parametrize(
    ('channels', 'num_levels', 'parameters'),
    [
        ((512,) * 4 + (1024,) * 6 + (2048,) * 3, (4, 6, 3), 2_573_794),
        ((512,) * 4 + (1024,) * 23 + (2048,) * 3, (4, 23, 3), 2_587_394),
        ((512,) * 7, (3, 3, 1), 2_570_018),
    ],
)
def test_trainable_parameters(channels, num_levels, parameters):
    """ResNet-50, ResNet-101, VGG-16."""
    with torch.device('meta'):
        head = HSNetHead(channels, num_levels)
    assert sum(p.numel() for p in head.parameters()) == parameters


def test_a_convolution_does_not_copy_what_correlations_give():
    query, supports = episodes()
    levels = [tuple(x[:, 0] for x in supports.levels), query.levels]
    pairs = hypercorrelations(*(tuple(map(unit_cells, x[:2])) for x in levels))
    assert pairs.shape == (2, 2, 9, 10, 9, 10)
    whole = pairs.permute(0, 2, 3, 1, 4, 5)
    assert whole.is_contiguous()
    layer = CenterPivotConv4d(2, 4, 3, 2).double()
    assert torch.allclose(layer(pairs), layer(pairs.contiguous()))


# ---- shots -------------------------------------------------------------------------


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_a_vote_is_that_of_the_released_code(shots, seed):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(shots, 3, 2, 4, 5, generator=generator)
    logits[:, 2, 1] -= 10  # an image without a vote
    votes = logits.argmax(2).sum(0)
    most = votes.amax((1, 2), keepdim=True).clamp(min=1)
    found = vote(list(logits))
    assert torch.equal(foreground_mask(found), (votes / most >= 0.5).byte())
    share = (votes + 0.5) / (most + 0.75)
    assert torch.allclose(found.softmax(1)[:, 1], share, atol=1e-6)
    assert torch.equal(found, vote(list(logits.flip(0))))


def test_shots_vote_at_the_size_of_the_image_and_are_averaged_in_training():
    head = small_head().double().eval()
    query, supports = episodes(k=3)
    reduced, known = head.reduce_query(query), head.represent(supports)
    assert known['map_3'].shape == (2, 3, 8, 3, 4)
    voted = head.segment(reduced, known).query_logits
    assert voted.shape == (2, 2, 65, 65) and len(voted.unique()) <= 14
    averaged = ShotFusion().segment(head, reduced, known)
    assert averaged.shape == (2, 2, 18, 20)
    in_training = head.train().segment(reduced, known).query_logits
    assert torch.allclose(in_training, averaged) and in_training.requires_grad


# ---- what could go wrong -----------------------------------------------------------


@pytest.mark.parametrize('what', ['mask', 'support', 'query', 'unlike'])
def test_correlations_of_zero_stay_finite(what):
    head = small_head()
    query, supports = episodes(dtype=torch.float32)
    plain = query.levels + supports.levels
    if what == 'mask':
        supports.masks[:] = 0
    elif what == 'unlike':
        for level in plain:
            level.abs_()
        for level in query.levels:
            level.neg_()
    else:
        for level in query.levels if what == 'query' else supports.levels:
            level.zero_()
    for level in plain:
        level.requires_grad_()
    logits = head(query, supports).query_logits
    known, reduced = head.represent(supports), head.reduce_query(query)
    shown = [known[f'map_{i}'][:, 0] for i in range(2)]
    assert hypercorrelations(reduced.levels[:2], tuple(shown)).count_nonzero() == 0
    logits.square().sum().backward()
    found = [logits, *(x.grad for x in plain), *(p.grad for p in head.parameters())]
    assert all(x.isfinite().all() for x in found)


def test_a_mask_that_vanishes_at_the_smallest_map():
    """Its nearest cell is kept; in the released code the level says nothing."""
    _, supports = episodes()
    supports.masks[:] = 0
    supports.masks[..., 40:43, 40:43] = 1
    kept = small_head().double().represent(supports)
    assert (kept['map_3'] != 0).any(2).sum() == 2, 'one cell of each support'
    lost = small_head(mask_resampling=dict(keep_small=False)).double()
    lost = lost.represent(supports)
    assert lost['map_3'].count_nonzero() == 0 and lost['map_0'].count_nonzero() > 0


def test_supports_that_are_squeezed_to_other_sizes():
    """Poolings that round down leave 1 and 2 cells of one image."""
    query, supports = episodes(support_sizes=(33, 33, 16, 8))
    strides = [(4, 2, 2), (2, 2, 2), (2, 2, 2)]
    kernels = [(3, 3, 3)] * 3
    head = small_head(kernel_sizes=kernels, support_strides=strides).double()
    assert head(query, supports).query_logits.shape == (2, 2, 18, 20)


@pytest.mark.parametrize(
    ('bad', 'words'),
    [
        (dict(num_levels=(4, 6, 3)), r'are 13 levels, and in_channels has 4'),
        (dict(kernel_sizes=((3, 3), (3, 3), (3, 3))), r'kernel_sizes=.* 3 numbers'),
        (dict(support_strides=((2, 2, 2),)), r'support_strides=.* each of 3 stages'),
        (dict(kernel_sizes=((4, 3, 3),) * 3), 'kernel_size=4, expected an odd number'),
    ],
)
def test_stages_that_do_not_fit(bad, words):
    with pytest.raises(ValueError, match=words):
        small_head(**bad)


def test_a_backbone_without_enough_levels():
    query, supports = episodes()
    with pytest.raises(ValueError, match='in_index=.* gives 2 levels'):
        small_head().reduce_levels(small_head().choose(query.levels[:2]))
    query, supports = episodes(sizes=(9, 5, 5, 3))
    with pytest.raises(ValueError, match='of one stage have sizes .*num_levels'):
        small_head().double()(query, supports)


def test_more_shots_than_memory(monkeypatch):
    """It is said how much they need, before anything is made."""
    monkeypatch.setattr(hsnet_head, '_ASK_ABOVE', 0)
    head, supports = small_head().double(), episodes(k=5)[1]
    expected = head.represent(supports)
    monkeypatch.setattr(memory, 'free_memory', lambda device: 1000)
    words = r'HSNetHead keeps 0.0 MiB of maps of each .* 2 x 5 .* need 0.00 GiB on cpu'
    with pytest.raises(ValueError, match=words):
        head.represent(supports)
    monkeypatch.setattr(memory, 'free_memory', lambda device: None)
    assert torch.equal(head.represent(supports)['map_0'], expected['map_0'])


def test_free_memory(monkeypatch, tmp_path):
    assert memory.free_memory(torch.device('meta')) is None
    (tmp_path / 'meminfo').write_text('MemTotal: 9 kB\nMemAvailable:    3 kB\n')
    monkeypatch.setattr(memory, '_MEMINFO', tmp_path / 'meminfo')
    assert memory.free_memory(torch.device('cpu')) == 3072
    with pytest.raises(ValueError, match='maps need 2.00 GiB on cpu, and 0.00 GiB'):
        memory.require_memory(2**31, torch.device('cpu'), 'maps')
