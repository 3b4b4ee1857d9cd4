"""What fss_mm.testing does not ask of any head, and SimPropNet's by its equations."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from fss_mm.models.layers import attention_maps
from fss_mm.registry import MODELS
from fss_mm.structures import (
    PLAIN,
    QueryFeatures,
    SupportFeatures,
)
from tests.models.builders import HEADS, NO_DROPOUT, features, swapped
from tests.models.builders import build_head as build


@pytest.mark.parametrize('k', [1, 5])
def test_simprop_shapes(k):
    output = build()(*features(k=k), with_support=True)
    assert output.query_logits.shape == (2, 2, 7, 7)
    assert output.support_logits.shape == (2, k, 2, 7, 7)
    assert build()(*features(k=k)).support_logits is None, 'only if asked for'
    total = output.aux['fg_attention'] + output.aux['bg_attention']
    assert torch.allclose(total, torch.ones_like(total))


@pytest.mark.parametrize('kind', NO_DROPOUT)
def test_identical_inputs_give_identical_predictions(kind):
    """Support = query: both branches do the same, by the same class vectors."""
    query, supports = features()
    _, same = swapped(query, supports)
    output = build(kind)(query, same, with_support=True)
    assert torch.allclose(output.query_logits, output.support_logits[:, 0], atol=1e-6)


def finite_throughout(head, query, supports):
    """Logits of both branches, losses and gradients, in training and at test."""
    for training in (True, False):
        output = head.train(training)(query, supports, with_support=True)
        logits = [output.query_logits]
        if output.support_logits is not None:
            logits.append(output.support_logits[:, 0])
        masks = supports.masks[:, 0]
        losses = [head.loss_by_feat(x, masks)['loss_ce'] for x in logits]
        if losses[0].requires_grad:
            sum(losses).backward()
        grads = [p.grad for p in head.parameters() if p.grad is not None]
        assert all(torch.isfinite(x).all() for x in (*logits, *losses, *grads))


@pytest.mark.parametrize('kind', HEADS)
def test_half_precision_stays_finite(kind):
    """Of features whose sum over the map leaves the range of half precision."""
    dtype = torch.float16
    batch = features(size=21)

    def halved(x):
        return (300 * x).to(dtype) if x.is_floating_point() else x

    half = [value.map(halved) for value in batch]
    finite_throughout(build(kind).to(dtype), *half)
    with torch.autocast('cpu', dtype=dtype):
        finite_throughout(build(kind), *batch)


def test_simprop_by_its_equations():
    """The whole head with its defaults, written out in float64."""
    head = build(channels=32).double()
    episodes, known = features(k=3, dtype=torch.float64)
    known = replace(known, masks=known.masks[..., :7, :7] * 0)
    known.masks[..., 2:5, 1:4] = 1  # at feature size: no resampling
    known.masks[..., 6, :] = 255
    state = head.state_dict()

    def conv(name, x, padding, dilation=1):
        weight, bias = state[f'{name}.weight'], state[f'{name}.bias']
        return F.conv2d(x, weight, bias, 1, padding, dilation)

    def norm(i, x):
        mean = x.mean((2, 3), keepdim=True)
        var = x.var((2, 3), keepdim=True, correction=0)
        x = (x - mean) / (var + 1e-5).sqrt()
        scale, shift = (state[f'fusion.norms.{i}.{k}'] for k in ('weight', 'bias'))
        return x * scale[:, None, None] + shift[:, None, None]

    def closeness(x, z):
        dot = (x * z).sum(1, keepdim=True)
        square = x.square().sum(1, keepdim=True) * z.square().sum(1, keepdim=True)
        return (1 + dot / square.sqrt()) / 2

    query = F.relu(conv('reduce.0', torch.cat(episodes.levels, 1), 2, 2))
    supports = torch.cat(known.levels, 2)
    shots = [F.relu(conv('reduce.0', supports[:, k], 2, 2)) for k in range(3)]
    vectors = []
    for label in (1, 0):
        pooled = 0
        for k, feat in enumerate(shots):
            inside = (known.masks[:, k : k + 1] == label).double()
            area = inside.sum((2, 3), keepdim=True) + 5e-4
            pooled = pooled + (feat * inside).sum((2, 3), keepdim=True) / area
        vectors.append(pooled / 3)

    def branch(feat):
        fg, bg = (closeness(feat, z) for z in vectors)
        maps = fg / (fg + bg), bg / (fg + bg)
        g = torch.cat([feat, vectors[0].expand_as(feat)], 1)
        g = norm(0, F.relu(conv('fusion.convs.0', g, 1)) + g)
        g = norm(1, F.relu(conv('fusion.convs.1', torch.cat([g, *maps], 1), 1)) + g)
        g = F.relu(norm(2, F.relu(conv('fusion.convs.2', g, 1)) + g))
        parts = [F.relu(conv('decoder.pooled.0', g.mean((2, 3), keepdim=True), 0))]
        parts[0] = parts[0].expand(-1, -1, 7, 7)
        for i, d in enumerate((0, 6, 12, 18)):
            parts.append(F.relu(conv(f'decoder.branches.{i}.0', g, d, max(d, 1))))
        g = F.relu(conv('decoder.fuse.0', torch.cat(parts, 1), 0))
        return conv('decoder.classify', g, 0)

    output = head(episodes, known, with_support=True)
    assert (output.query_logits - branch(query)).abs().max() < 1e-10
    for k, feat in enumerate(shots):
        assert (output.support_logits[:, k] - branch(feat)).abs().max() < 1e-10


def test_plain_pooling_gives_the_same_maps_with_one_shot():
    """The vectors differ by the area's share; with several shots also by direction."""
    for shots, same in ((1, True), (3, False)):
        batch = features(k=shots, dtype=torch.float64)
        batch[1].masks[:, :1, :25] = 0  # so that shots differ in area
        maps = [
            build(pool_normalize=plain).double()(*batch).aux['fg_attention']
            for plain in (True, False)
        ]
        assert torch.allclose(*maps, atol=1e-4) == same


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_does_not_round_the_maps_away(dtype):
    """They vary by thousandths; errors stay well below that."""
    torch.manual_seed(0)
    feat = 5 + 2 * torch.rand(1, 16, 21, 21)
    fg, bg = feat[..., :1, :1], feat[..., 5:6, 5:6]
    feat, fg, bg = (x.to(dtype) for x in (feat, fg, bg))
    exact = attention_maps(feat.double(), fg.double(), bg.double())[0]
    rounded = attention_maps(feat, fg, bg)[0]
    assert 1e-4 < exact.std() < 1e-2
    assert (rounded - exact).abs().max() < 0.01 * exact.std()


def test_prototype_head_finds_what_the_support_shows():
    direction = torch.eye(2)
    query = direction[:, [0, 1, 0]].view(1, 2, 1, 3)
    support = direction.view(1, 1, 2, 1, 2)
    masks = torch.tensor([[[[1, 0]]]])
    head = MODELS.build(dict(type='PrototypeHead', in_channels=(2,), in_index=(0,)))
    supports = SupportFeatures(masks, {PLAIN: (support,)})
    output = head(QueryFeatures((query,), (1, 3)), supports)
    assert output.query_logits.argmax(1).tolist() == [[[1, 0, 1]]]


def test_loss_leaves_ignored_pixels_out():
    head = build()
    logits = torch.zeros(1, 2, 2, 2)
    logits[0, 1, 0, 0] = 50.0  # sure of foreground there
    wrong = torch.tensor([[[0, 0], [0, 0]]], dtype=torch.uint8)
    ignored = torch.tensor([[[255, 0], [0, 0]]], dtype=torch.uint8)
    assert head.loss_by_feat(logits, wrong)['loss_ce'] > 10
    loss = head.loss_by_feat(logits, ignored)['loss_ce'].item()
    assert loss == pytest.approx(torch.log(torch.tensor(2.0)).item(), abs=1e-6)


@pytest.mark.parametrize(
    'argument, message',
    [
        (
            dict(in_channels=(6, 9)),
            r'in_channels=\(6, 9\), but levels .* have \(6, 8\)',
        ),
        (dict(in_index=(0, 2)), r'in_index=\(0, 2\), but the backbone gives 2 levels'),
        (dict(in_channels=(6,)), 'must have the same length'),
    ],
)
def test_head_and_backbone_that_do_not_fit(argument, message):
    with pytest.raises(ValueError, match=message):
        build(**argument)(*features())


def test_levels_of_different_sizes():
    query, supports = features()
    small = replace(query, levels=(query.levels[0], query.levels[1][..., :3, :3]))
    with pytest.raises(ValueError, match='set output_stride'):
        build()(small, supports)
