"""PGNet against the public re-implementation's layers, written out in float64."""

import pytest
import torch
import torch.nn.functional as F

from fss_mm.models import PGNetHead
from fss_mm.models.layers import GraphAttention
from tests.models.builders import batch, build_segmentor, features, run
from tests.models.test_prior_mask import TINY, build_head


def build(**kwargs):
    return build_head('PGNetHead', prior=None, **kwargs)


def conv(state, name, x, dilation=1):
    weight, bias = state[f'{name}.weight'], state[f'{name}.bias']
    return F.conv2d(x, weight, bias, 1, dilation * (weight.shape[-1] // 2), dilation)


def resized(x, size):
    return F.interpolate(x, size, mode='bilinear', align_corners=False)


def unit(state, name, query, own, supports, values, nodes, uniform):
    """One graph attention unit, node by node; nodes of all shots as rows."""
    size = query.shape[-2:]
    keys = torch.cat(
        [conv(state, f'{name}.support_projection', x).flatten(2) for x in supports], 2
    )
    values = torch.cat([x.flatten(2) for x in values], 2)
    asked = conv(state, f'{name}.query_projection', query).flatten(2)
    collected = torch.zeros_like(asked)
    for n in range(len(query)):
        for p in range(asked.shape[2]):
            likeness = (keys[n] * asked[n, :, p, None]).sum(0)
            weights = likeness.exp() * nodes[n]
            if uniform:
                weights = nodes[n]
            collected[n, :, p] = (values[n] * weights / weights.sum()).sum(1)
    pooled = F.adaptive_avg_pool2d(own, size)
    joined = torch.cat([collected.view_as(query), pooled], 1)
    return F.relu(conv(state, f'{name}.fuse.0', joined))


def written_out(state, query, known, shots, nodes, scales):
    def reduced(levels):
        return F.relu(conv(state, 'reduce.0', torch.cat(levels, 1), 2))

    feat = reduced(query.levels)
    supports, shown = [], []
    for k in range(shots):
        mask = (known.masks[:, k, None] == 1).double()
        mask = F.interpolate(mask, feat.shape[-2:], mode='nearest')
        supports.append(reduced([x[:, k] for x in known.levels]) * mask + 0.0005)
        shown.append(
            mask.flatten(1) if nodes == 'foreground' else mask.flatten(1) * 0 + 1
        )
    values = [F.relu(conv(state, 'value.0', x)) for x in supports]
    own, total = F.relu(conv(state, 'value.0', feat)), 0
    for i, size in enumerate(scales):
        pooled = F.adaptive_avg_pool2d(feat, size)
        x = unit(
            state,
            f'units.{i}',
            pooled,
            own,
            supports,
            values,
            torch.cat(shown, 1),
            i == 3,
        )
        total = total + resized(x, feat.shape[-2:])
    for b in range(3):
        y = conv(state, f'blocks.{b}.2', F.relu(conv(state, f'blocks.{b}.0', total)))
        total = F.relu(total + y)
    pooled = F.relu(conv(state, 'decoder.pooled.0', total.mean((2, 3), keepdim=True)))
    parts = [pooled.expand(-1, -1, *feat.shape[-2:])]
    for i, dilation in enumerate((1, 6, 12, 18)):
        parts.append(F.relu(conv(state, f'decoder.branches.{i}.0', total, dilation)))
    x = F.relu(conv(state, 'decoder.fuse.0', torch.cat(parts, 1)))
    return conv(state, 'decoder.classify', x)


@pytest.mark.parametrize(('k', 'nodes'), [(1, 'all'), (3, 'all'), (2, 'foreground')])
def test_logits_are_those_of_the_layers_written_out(k, nodes):
    head = build(nodes=nodes, channels=6)
    query, supports = features(k=k, dtype=torch.float64)
    sizes = [(1, 1), (3, 3), (7, 7), (7, 7)]
    with torch.no_grad():
        found = head(query, supports).query_logits
        expected = written_out(head.state_dict(), query, supports, k, nodes, sizes)
    assert expected.std() > 1e-3
    assert (found - expected).abs().max() < 1e-10


@pytest.mark.parametrize(
    ('attention', 'expected'),
    [('straight_through', 10_427_394), ('uniform', 10_427_394 - 2 * 65_792)],
)
def test_trainable_parameters(attention, expected):
    with torch.device('meta'):
        head = PGNetHead((512, 1024), global_attention=attention)
    assert sum(p.numel() for p in head.parameters()) == expected


@pytest.mark.parametrize('attention', ['straight_through', 'uniform', None])
def test_gradients_reach_every_parameter(attention):
    head = build(global_attention=attention)
    for parameter in head.parameters():
        parameter.data.abs_()  # no ReLU is dead
    head(*features(k=2, dtype=torch.float64)).query_logits.square().sum().backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_equal_weights_with_the_gradient_of_a_softmax():
    """What the re-implementation's weights, written over behind the softmax, give."""
    torch.manual_seed(0)
    unit = GraphAttention(4, attention='straight_through').double()
    x = torch.randn(1, 4, 2, 3, dtype=torch.float64)
    nodes = torch.randn(1, 2, 4, 3, 3, dtype=torch.float64)
    every = torch.ones(1, 2, 1, 3, 3, dtype=torch.bool)
    weights = unit._weights(x, nodes, every.flatten(1).unsqueeze(1))
    assert torch.equal(weights, torch.full((1, 6, 18), 1 / 18, dtype=torch.float64))
    wanted = torch.randn_like(weights)
    (weights * wanted).sum().backward()
    found = [p.grad.clone() for p in (*unit.support_projection.parameters(),
                                      *unit.query_projection.parameters())]  # fmt: skip
    unit.zero_grad()
    keys = unit.support_projection(nodes[0]).transpose(0, 1).flatten(1)
    likeness = unit.query_projection(x)[0].flatten(1).T @ keys
    overwritten = torch.softmax(likeness, 1)
    overwritten.data.fill_(1 / 18)
    (overwritten * wanted[0]).sum().backward()
    expected = [p.grad for p in (*unit.support_projection.parameters(),
                                 *unit.query_projection.parameters())]  # fmt: skip
    for a, b in zip(found, expected):
        assert torch.allclose(a, b, atol=1e-12)


def test_shots_are_nodes_of_one_graph():
    head = build(nodes='foreground')
    query, supports = features(k=3, dtype=torch.float64)
    output = head(query, supports, with_support=True)
    turned = head(query, supports.shots([2, 0, 1]), with_support=True)
    assert torch.allclose(output.query_logits, turned.query_logits)
    assert torch.allclose(output.support_logits[:, [2, 0, 1]], turned.support_logits)
    known = head.represent(supports)
    assert known['map'].shape == (2, 3, 4, 7, 7) and known['mask'].max() == 1
    again = head(query, supports.shots([0, 0, 1, 1, 2, 2])).query_logits
    assert torch.allclose(again, output.query_logits), 'twice the same changes nothing'


def test_background_is_no_node_of_the_paper():
    """Other features behind a support's mask change nothing, in either reading."""
    query, supports = features(dtype=torch.float64)
    for nodes in ('all', 'foreground'):
        head = build(nodes=nodes, mask_resampling=dict(mode='nearest'))
        known = head.represent(supports)
        map_, mask = known['map'], known['mask']
        known.parts['map'] = torch.where(mask > 0, map_, 7.0)
        query_ = head.reduce_query(query)
        found = head.segment(query_, known).query_logits
        known.parts['map'] = map_
        expected = head.segment(query_, known).query_logits
        assert torch.allclose(found, expected) == (nodes == 'foreground')


@pytest.mark.parametrize('nodes', ['all', 'foreground'])
def test_a_mask_that_vanishes(nodes):
    head = build(nodes=nodes, mask_resampling=dict(mode='nearest', keep_small=False))
    query, supports = features(k=2, dtype=torch.float64)
    supports.masks[0] = 0
    supports.masks[0, :, 1, 1] = 1
    assert head.represent(supports)['mask'][0].sum() == 0
    output = head(query, supports).query_logits
    assert output.isfinite().all()
    output.sum().backward()
    assert all(p.grad.isfinite().all() for p in head.parameters() if p.grad is not None)


def test_in_a_segmentor():
    head = dict(type='PGNetHead', in_channels=(8, 16), channels=4)
    strategies = dict(shot_fusion=dict(), fine_tuning=dict(steps=1))
    model = build_segmentor(backbone=TINY, decode_head=head, **strategies)
    losses = run(model.train(), batch(k=2), 'loss')
    assert {'query.loss_ce', 'support.loss_ce'} <= set(losses)
    sample = run(model.eval(), batch(k=2), 'predict')[0]
    assert sample.seg_logits.data.isfinite().all() and 'diverged' not in sample


@pytest.mark.parametrize(
    ('bad', 'match'),
    [
        (dict(nodes='some'), "nodes='some', expected one of"),
        (dict(global_attention='no'), "attention='no', expected one of"),
    ],
)
def test_bad_options(bad, match):
    with pytest.raises(ValueError, match=match):
        build(**bad)
