"""A-MCG, our reading, written out in plain torch in float64."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config

from fss_mm.models import AMCGHead
from fss_mm.registry import MODELS
from fss_mm.structures import QueryFeatures, SupportFeatures
from tests.conftest import ROOT
from tests.models.builders import batch, build_segmentor, run

SIDES, CHANNELS = ((9, 7), (5, 4), (5, 4)), (2, 3, 4)


def head(**kwargs):
    torch.manual_seed(1)
    given = dict(channels=4, in_index=(0, 1, 2), init_cfg=None) | kwargs
    a_mcg = AMCGHead(CHANNELS, **given).double().eval()
    for p in a_mcg.parameters():  # norms, too, have something to do
        torch.nn.init.normal_(p, std=0.7)
    return a_mcg


def episodes(n=2, k=3):
    """Three stages, of which the second is half the first."""
    torch.manual_seed(0)

    def levels(*shape):
        sizes = zip(CHANNELS, SIDES)
        return tuple(torch.randn(*shape, c, *s, dtype=torch.float64) for c, s in sizes)

    masks = torch.ones(n, k, 33, 25, dtype=torch.uint8)
    views = dict(foreground_only=levels(n, k))
    return QueryFeatures(levels(n), (33, 25)), SupportFeatures(masks, views)


def test_parameters_of_our_reading():
    cfg = Config.fromfile(ROOT / 'configs/a_mcg/fold0.py').model
    with torch.device('meta'):
        decode_head = MODELS.build(cfg.decode_head)
    width, levels = 128, (256, 512, 1024, 2048)
    lstm = 2 * width * 4 * width * 9 + 4 * width + 2 * 4 * width + 2 * width
    attention = width * width * 9 + width + width + 1
    expected = sum(2 * (c * width + width) for c in levels)
    expected += 4 * (lstm + attention) + (4 + 3) * (width**2 + width) + 2 * width + 2
    assert sum(p.numel() for p in decode_head.parameters()) == expected == 6_416_518


def norm(x, groups, weight, bias):
    """Of each group over its channels and cells."""
    parts = []
    for part in x.chunk(groups, 1):
        mean = part.mean((1, 2, 3), keepdim=True)
        var = (part - mean).square().mean((1, 2, 3), keepdim=True)
        parts.append((part - mean) / (var + 1e-5).sqrt())
    return torch.cat(parts, 1) * weight[:, None, None] + bias[:, None, None]


def test_a_mcg_by_our_description():
    a_mcg, (query, supports) = head(), episodes()
    state = a_mcg.state_dict()

    def conv(name, x, padding=0):
        weight, bias = state[f'{name}.weight'], state[f'{name}.bias']
        return F.conv2d(x, weight, bias, padding=padding)

    fused = None
    for i, level in enumerate(query.levels):
        shots = supports.views['foreground_only'][i]
        hidden = cell = torch.zeros(2, 4, *SIDES[i], dtype=torch.float64)
        lstm = f'over_shots.{i}'
        gate, last = (
            [state[f'{lstm}.{name}_norm.{x}'] for x in ('weight', 'bias')]
            for name in ('gate', 'cell')
        )
        for k in range(3):
            x = conv(f'from_support.{i}', shots[:, k]).clamp_min(0)
            gates = conv(f'{lstm}.gates', torch.cat([x, hidden], 1), 1)
            a, b, c, d = norm(gates, 4, *gate).chunk(4, 1)
            cell = b.sigmoid() * cell + a.sigmoid() * d.tanh()
            hidden = c.sigmoid() * norm(cell, 1, *last).tanh()
        # one 1 x 1 convolution over everything together
        names = [f'from_query.{i}', f'from_state.{i}']
        parts = [level, hidden]
        if fused is not None:
            names.append(f'from_fused.{i - 1}')
            parts.append(fused[..., ::2, ::2] if i == 1 else fused)
        weight = torch.cat([state[f'{name}.weight'] for name in names], 1)
        bias = sum(state[f'{name}.bias'] for name in names)
        fused = F.conv2d(torch.cat(parts, 1), weight, bias).clamp_min(0)
        half = F.max_pool2d(fused, 3, 2, 1)
        half = conv(f'attention.{i}.surroundings.0', half, 1).clamp_min(0)
        around = F.interpolate(half, SIDES[i], mode='bilinear', align_corners=True)
        fused = fused * (1 + conv(f'attention.{i}.mask', around).sigmoid())
    expected = conv('classify', fused)
    found = a_mcg(query, supports).query_logits
    assert (found - expected).abs().max() < 1e-10
    known = a_mcg.represent(supports)
    assert [x.shape[1:] for x in known.parts.values()] == [(4, *s) for s in SIDES]
    again = a_mcg.segment(a_mcg.reduce_query(query), known).query_logits
    assert torch.equal(again, found)


def test_order_of_shots_matters_to_a_mcg():
    a_mcg, (query, supports) = head(), episodes()
    assert a_mcg.shots_are_ordered and 'order of the shots' in AMCGHead.__doc__
    turned = a_mcg(query, supports.shots([2, 0, 1])).query_logits
    assert (turned - a_mcg(query, supports).query_logits).abs().max() > 1e-3
    with pytest.raises(ValueError, match='num_shots=0'):
        a_mcg(query, supports.shots([]))


def test_supports_of_another_size_take_the_querys():
    a_mcg, (query, _), (_, supports) = head(), episodes(), episodes(k=1)
    larger = supports.views['foreground_only'][0].new_ones(2, 1, 2, 12, 12)
    views = dict(foreground_only=(larger, *supports.views['foreground_only'][1:]))
    found = a_mcg(query, SupportFeatures(supports.masks, views))
    assert found.query_logits.shape == (2, 2, 5, 4)


def test_unit_levels_of_a_mcg():
    """The length of features does not matter."""
    a_mcg, (query, supports) = head(unit_levels=True), episodes()
    larger = [value.map(lambda x: 9 * x if x.is_floating_point() else x)
              for value in (query, supports)]  # fmt: skip
    found = a_mcg(*larger).query_logits
    assert torch.allclose(found, a_mcg(query, supports).query_logits)
    assert torch.allclose(
        a_mcg.scaled(query.levels)[1].square().mean(1), torch.ones(1).double()
    )


def test_fine_tuning_is_refused_when_the_model_is_built():
    own = dict(type='AMCGHead', in_channels=(64, 128), in_index=(0, 1), channels=4)
    for tuned in ('head', 'class'):
        with pytest.raises(
            ValueError, match=r"encoded as \('foreground_only',\) alone"
        ):
            build_segmentor(
                type='FewShotSegmentor', decode_head=own, fine_tuning=dict(tuned=tuned)
            )


def test_gradients_reach_all_of_a_mcg():
    own = dict(type='AMCGHead', in_channels=(64, 128), in_index=(0, 1), channels=4)
    model = build_segmentor(type='FewShotSegmentor', decode_head=own).train()
    losses = run(model, batch(k=2), 'loss')
    model.parse_losses(losses)[0].backward()
    for name, p in model.decode_head.named_parameters():
        assert p.grad.abs().sum() > 0, name
    (sample, _) = run(model.eval(), batch(k=2), 'predict')
    assert sample.pred_sem_seg.shape == (33, 33)
    assert not build_segmentor(decode_head=own | dict(attention=False)).init_weights()
