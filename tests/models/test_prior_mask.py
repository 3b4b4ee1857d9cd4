"""The prior mask: by hand, on each kind of backbone, and in each head that takes it."""

import copy
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fss_mm.models.backbones.continuation import run_layers
from fss_mm.models.layers import PriorMask, downsample_label, prior_mask
from fss_mm.registry import MODELS
from tests.models.builders import batch, build_segmentor, features, run

HEADS = dict(
    CANetHead=dict(dropout=0.0, refine=dict(decoder=dict(dropout=0.0), reset_prob=1.0)),
    SimPropHead=dict(dropout=0.0, decoder=dict(dropout=0.0)),
    PGNetHead=dict(dropout=0.0, decoder=dict(dropout=0.0)),
    PFENetHead=dict(dropout=0.0, enrichment=dict(scales=(1.0, 0.5), dropout=0.0)),
)
SMALL = dict(
    type='TorchvisionBackbone', name='resnet18', weights=None, output_stride=8,
    out_nodes=('layer2', 'layer3', 'layer4'),
)  # fmt: skip


def build_head(kind, **kwargs):
    """For :func:`prior_features`, in float64."""
    torch.manual_seed(1)
    head = dict(type=kind, in_channels=(6, 8), channels=4, init_cfg=None, prior={})
    return MODELS.build(head | HEADS[kind] | kwargs).double()


def prior_features(n=2, k=1):
    """Random features of three levels, the last of which is the prior's."""
    query, supports = features(n, k, (6, 8, 10), dtype=torch.float64)
    cells = supports.levels[2]
    weights = downsample_label(
        supports.masks.flatten(0, 1), 1, (7, 7), dtype=cells.dtype
    )
    masked = cells * weights.unflatten(0, (n, k))
    return query, replace(supports, views=supports.views | dict(masked_stage=(masked,)))


# ---- the function ------------------------------------------------------------------


def test_by_hand():
    """Cells at 0, 60 and 90 degrees to the only one of the support."""
    query = torch.tensor([[[2.0, 1.0, 0.0]], [[0.0, 3**0.5, 5.0]]])[None]
    support = torch.tensor([[[3.0, 0.0]], [[0.0, 0.0]]])[None, None]  # one is masked
    assert torch.allclose(
        prior_mask(query, support),
        torch.tensor([1, 0.5, 0]).view(1, 1, 1, 3),
        atol=1e-6,
    )
    other = torch.tensor([[[0.0]], [[4.0]]])[None, None]
    found = prior_mask(query, torch.cat([support[..., :1], other], 1))
    expected = (torch.tensor([1, 0.5, 0]) + torch.tensor([0, 3**0.5 / 2, 1])) / 2
    assert torch.allclose(found.flatten(), expected, atol=1e-6)


def test_range_gradient_and_other_sizes():
    query = torch.randn(2, 5, 4, 3, requires_grad=True)
    found = prior_mask(query, torch.randn(2, 3, 5, 6, 2))
    assert found.shape == (2, 1, 4, 3) and not found.requires_grad
    one = prior_mask(query, torch.randn(2, 1, 5, 6, 2))
    assert one.amin((1, 2, 3)).eq(0).all() and (one.amax((1, 2, 3)) > 0.999).all()


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float32])
def test_a_support_that_is_masked_altogether(dtype):
    """And features whose squares leave the range of half precision."""
    query = (300 * torch.rand(1, 64, 5, 5)).to(dtype)
    support = torch.stack([torch.zeros_like(query), query], 1)
    assert torch.equal(prior_mask(query, support[:, :1]), torch.zeros(1, 1, 5, 5))
    found = prior_mask(query, support)
    assert found.isfinite().all() and found.dtype == torch.float32
    assert found.max() <= 0.5


# ---- what supports are encoded as --------------------------------------------------


def stage_of(backbone, data, **prior):
    """Views of the supports, of a segmentor whose head asks for a prior."""
    channels = {'ResNetV1c': (8, 16), 'FrozenBackbone': (8, 16)}
    head = dict(
        type='CANetHead', channels=4, prior=prior,
        in_channels=channels.get(backbone['type'], (128, 256)),
    )  # fmt: skip
    model = build_segmentor(
        type='FewShotSegmentor', backbone=backbone, decode_head=head
    ).eval()
    return model, model.encode(model.data_preprocessor(data)['inputs'])


def by_hand(supports, stage, size):
    """Masked, run through a stage, and masked again."""
    masks = supports.masks.flatten(0, 1)
    weights = downsample_label(masks, 1, size)
    x = stage(supports.levels[1].flatten(0, 1) * weights)
    return x * downsample_label(masks, 1, tuple(x.shape[-2:]))


def test_the_rest_of_a_traced_network_is_run_on_masked_features():
    model, (_, supports) = stage_of(SMALL, batch(k=2, size=65))
    (found,) = supports.views['masked_stage']
    assert found.shape == (2, 2, 512, 9, 9)
    whole = run_layers(model.backbone, supports.levels[1].flatten(0, 1), -2, ['layer4'])
    assert torch.allclose(whole, supports.levels[2].flatten(0, 1), atol=1e-5)

    def stage(x):
        return run_layers(model.backbone, x, -2, ['layer4'])

    expected = by_hand(supports, stage, (9, 9))
    assert torch.equal(found.flatten(0, 1), expected)
    assert not torch.allclose(expected, whole, atol=1e-2)
    with pytest.raises(ValueError, match="'layer3' of resnet18 does not follow on le"):
        run_layers(model.backbone, whole, 2, ['layer3'])


TINY = dict(
    type='ResNetV1c', depth=18, stem_channels=4, base_channels=4,
    strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4), out_indices=(1, 2, 3),
)  # fmt: skip


@pytest.mark.parametrize('wrapped', [False, True])
def test_layers_of_a_network_of_mmseg(wrapped):
    backbone = dict(type='FrozenBackbone', backbone=TINY) if wrapped else TINY
    model, (_, supports) = stage_of(backbone, batch(k=2, size=33))
    network = model.backbone.body if wrapped else model.backbone
    (found,) = supports.views['masked_stage']
    assert torch.equal(found.flatten(0, 1), by_hand(supports, network.layer4, (5, 5)))
    assert not found.requires_grad


@MODELS.register_module()
class FireBackbone(nn.Module):
    """Two levels, with two modules between them, as SqueezeNet's last ones."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 128, 8, 8)
        self.fire = nn.ModuleDict(
            {'9': nn.Conv2d(128, 8, 1), '10': nn.Conv2d(8, 256, 3)}
        )

    def forward(self, x):
        first = self.first(x).relu()
        return first, self.fire['10'](self.fire['9'](first)).relu()


def test_layers_by_name():
    names = ('fire.9', 'fire.10')
    model, (_, supports) = stage_of(
        dict(type='FireBackbone'), batch(size=65), layers=names
    )
    (found,) = supports.views['masked_stage']
    assert found.shape[2:] == (256, 6, 6), 'of another size than the first level'
    fire = model.backbone.fire
    masks = supports.masks.flatten(0, 1)
    x = supports.levels[0].flatten(0, 1) * downsample_label(masks, 1, (8, 8))
    expected = fire['10'](fire['9'](x)) * downsample_label(masks, 1, (6, 6))
    assert torch.equal(found.flatten(0, 1), expected)


@pytest.mark.parametrize(
    ('backbone', 'prior', 'match'),
    [
        (SMALL | dict(out_nodes=('layer2', 'layer3')), {},
         r"TorchvisionBackbone 'resnet18' has no 'layer4'.*prior=None"),
        (TINY | dict(num_stages=3, strides=(1, 2, 1), dilations=(1, 1, 2),
                     out_indices=(1, 2)), {},
         r"ResNetV1c has no 'layer4', .*prior=None"),
        (dict(type='FireBackbone'), dict(layers=['fire.9', 'fire.11']),
         r"FireBackbone has no 'fire.11', .*\['first', 'fire'\]"),
    ],
)  # fmt: skip
def test_a_backbone_without_the_layers_is_refused_when_built(backbone, prior, match):
    with pytest.raises(ValueError, match=match) as error:
        stage_of(backbone, batch(), **prior)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize(
    ('backbone', 'prior', 'match'),
    [
        (TINY | dict(out_indices=(1, 2)), {},
         r"layers=\('layer4',\) of ResNetV1c do not follow on its level -2, .* 8 chan"),
        (TINY, dict(layers=['layer3'], masked_level=-3), 'level -1 of ResNetV1c is'),
        (TINY, dict(level=3), r'level=3 and masked_level=-2, but ResNetV1c gives 3'),
    ],
)  # fmt: skip
def test_levels_that_do_not_fit_are_refused(backbone, prior, match):
    with pytest.raises(ValueError, match=match) as error:
        stage_of(backbone, batch(), **prior)
    assert '\n' not in str(error.value)


# ---- heads that take it ------------------------------------------------------------


@pytest.mark.parametrize('kind', HEADS)
def test_heads_with_a_prior(kind):
    """One more channel; shots in any order; all learns, the prior's features not."""
    head = build_head(kind)
    count, plain = (
        sum(p.numel() for p in h.parameters())
        for h in (head, build_head(kind, prior=None))
    )
    extra = dict(CANetHead=4 * 9, SimPropHead=4 * (2 + 3 * 9), PGNetHead=4 * 4,
                 PFENetHead=2 * 4)  # fmt: skip
    assert count - plain == extra[kind]
    for parameter in head.parameters():
        parameter.data.abs_()  # no ReLU is dead
    query, supports = prior_features(k=3)
    query.levels[2].requires_grad_()
    output = head(query, supports, with_support=True)
    assert output.support_logits.shape[:3] == (2, 3, 2)
    turned = head(query, supports.shots([2, 0, 1]), with_support=True)
    assert torch.allclose(output.query_logits, turned.query_logits)
    assert torch.allclose(output.support_logits[:, [2, 0, 1]], turned.support_logits)
    scored = [
        output.query_logits,
        *(o.query_logits for o in output.training_outputs.values()),
    ]
    sum(x.square().sum() for x in scored).backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
    assert query.levels[2].grad is None
    changed = replace(query, levels=(*query.levels[:2], query.levels[2].flip(-1)))
    other = head(changed, supports).query_logits
    assert not torch.allclose(other, output.query_logits), 'it is looked at'


@pytest.mark.parametrize('kind', HEADS)
def test_forward_is_represent_and_segment(kind):
    head = build_head(kind).eval()
    query, supports = prior_features(k=2)
    expected = head(query, supports).query_logits
    shots = head.represent_shots(head.reduce_supports(supports))
    known = head.merge_shots(shots)
    saved = type(known).from_tensors(known.tensors())
    found = head.segment(head.reduce_query(query), saved).query_logits
    assert torch.equal(found, expected)
    one = head.represent_shots(head.reduce_supports(supports.shots([1])))
    assert torch.equal(one['prior_cells'][:, 0], shots['prior_cells'][:, 1])


@pytest.mark.parametrize('kind', HEADS)
def test_a_segmentor_with_a_prior(kind):
    """Trained with a dual loss, and tested with each strategy."""
    head = dict(type=kind, in_channels=(8, 16), channels=4, prior={}) | HEADS[kind]
    strategies = dict(
        shot_fusion=dict(), fine_tuning=dict(steps=1), test_scales=(1, 0.75)
    )
    model = build_segmentor(backbone=TINY, decode_head=head, **strategies)
    data = batch(k=2, size=41)
    prepared = model.data_preprocessor(copy.deepcopy(data), training=True)
    with torch.device('meta'):  # where whatever forgets its device would be made
        losses = model.train()(**prepared, mode='loss')
    assert {'query.loss_ce', 'support.loss_ce'} <= set(losses)
    model.parse_losses(losses)[0].backward()
    sample = run(model.eval(), data, 'predict')[0]
    assert sample.seg_logits.data.isfinite().all() and 'diverged' not in sample


def test_options_reach_the_view():
    head = build_head('CANetHead', prior=dict(level=1, masked_level=0, layers=['a']),
                      mask_resampling=dict(mode='area'))  # fmt: skip
    assert head.prior == PriorMask(1, 0, ['a'])
    assert head.view_options['masked_stage'] == dict(
        level=1, masked_level=0, layers=('a',), align_corners=True, mode='area'
    )
    assert build_head('CANetHead', prior=None).support_views == ('plain',)


def test_a_mask_that_vanishes_at_the_smallest_map():
    """With the release's resampling nothing is left of the support."""
    head = dict(type='CANetHead', in_channels=(8, 16), channels=4, prior={})
    data = batch(n=1, size=65)
    data['inputs']['support_mask'][0][:] = 0
    data['inputs']['support_mask'][0][..., 3, 3] = 1
    for keep in (True, False):
        model = build_segmentor(
            type='FewShotSegmentor', backbone=TINY,
            decode_head=head | dict(mask_resampling=dict(keep_small=keep)),
        ).eval()  # fmt: skip
        query, supports = model.encode(model.data_preprocessor(data)['inputs'])
        (cells,) = supports.views['masked_stage']
        assert bool(cells.any()) == keep
        assert model.decode_head(query, supports).query_logits.isfinite().all()
        size = query.levels[2].shape[-2:]
        prior = model.decode_head.prior(query.levels[2], cells)
        assert prior.shape[-2:] == size and prior.isfinite().all()
        assert F.relu(prior).max() <= 1
