"""What heads may be: each kind is checked, or skipped with its reason."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fss_mm.models import (
    SUPPORT_VIEWS,
    FewShotDecodeHead,
    FewShotSegmentor,
    ImageView,
    LevelView,
)
from fss_mm.models.layers import class_prototype, cosine_map
from fss_mm.structures import PLAIN, ClassRepresentation, FewShotHeadOutput
from fss_mm.testing import HeadCase, StandInBackbone, check_head
from fss_mm.testing.checking import run_check
from fss_mm.testing.results import all_checks
from fss_mm.testing.stand_in import stand_in_of
from tests.models.test_extensions import PyramidHead, TwoStageBackbone, ViewHead
from tests.testing.toys import WIDTHS, SoundHead


def skipped(head, *names):
    """Reasons by check, of some or of all; all others pass."""
    case = HeadCase(head)
    checks = [check for check in all_checks() if not names or check.name in names]
    results = [run_check(check, case, None) for check in checks]
    wrong = [str(x) for x in results if x.status not in ('passed', 'skipped')]
    assert results and wrong == []
    return {x.name: x.what for x in results if x.status == 'skipped'}


def model(head, channels=(6, 8), strides=8, **fields):
    backbone = dict(type='StandInBackbone', channels=channels, strides=strides)
    return dict(type='FewShotSegmentor', backbone=backbone, decode_head=head) | fields


class Ordered(SoundHead):
    """Later supports count more."""

    shots_are_ordered = True

    def merge_shots(self, shots):
        self.require_shots(shots['vector'].shape[1])
        steps = range(1, 1 + shots['vector'].shape[1])
        return shots.map(lambda x: sum(i * x[:, i - 1] for i in steps))


class UsesIgnored(SoundHead):
    uses_ignored = 'it looks at all of the support'

    def vector(self, supports):
        return supports.levels[0].mean((3, 4), keepdim=True)


class OneShot(SoundHead):
    max_shots = 1


class ForwardAlone(FewShotDecodeHead):
    """Compares without keeping a class."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.scale = nn.Parameter(torch.tensor(5.0))

    def forward(self, query, supports, with_support=False):
        self.require_shots(supports.num_shots)
        (feat,) = self.reduce_query(query).levels
        shots = self.reduce_supports(supports)
        vector = class_prototype(shots.levels[0], supports.masks, 1).mean(1)
        likeness = self.scale * cosine_map(feat, vector)
        return FewShotHeadOutput(torch.cat([-likeness, likeness], 1))


def test_what_a_head_declares():
    some = 'order_of_shots', 'ignored_in_supports', 'number_of_shots', 'encode_once'
    assert skipped(dict(type=Ordered, **WIDTHS), *some) == dict(
        order_of_shots='Ordered declares shots_are_ordered = True'
    )
    assert skipped(dict(type=UsesIgnored, **WIDTHS), *some) == dict(
        ignored_in_supports='UsesIgnored declares uses_ignored: '
        'it looks at all of the support'
    )
    coarse = model(dict(type=SoundHead, **WIDTHS), strides=32)
    assert list(skipped(coarse, *some)) == ['ignored_in_supports']
    one = 'OneShot looks at one support at a time (max_shots = 1)'
    assert skipped(dict(type=OneShot, **WIDTHS), *some) == dict(order_of_shots=one)


class ThreeLevels(SoundHead):
    """Takes other levels than the base's by default."""

    def __init__(self, in_channels, in_index=(0, 1, 3)):
        super().__init__(in_channels=in_channels, in_index=in_index)


def test_levels_by_default_are_those_of_the_class():
    head = dict(type=ThreeLevels, in_channels=(5, 6, 7))
    assert skipped(head, 'output', 'unknown_argument') == {}
    assert HeadCase(head).prototype.backbone.channels == (5, 6, 1, 7)


def test_a_forward_alone():
    reasons = skipped(dict(type=ForwardAlone, **WIDTHS))
    assert set(reasons.values()) == {
        'ForwardAlone has a forward alone: it keeps no classes'
    }
    assert 'represent_then_segment' in reasons and 'output' not in reasons


class Pyramid(PyramidHead):
    def __init__(self, no_such=None):
        super().__init__()
        self.in_channels = 6, 8
        self.reduce = nn.ModuleList(nn.Conv2d(c, 4, 1) for c in self.in_channels)

    def segment(self, query, representation):
        parts = {str(i): representation[str(i)] for i in range(2)}
        return super().segment(query, ClassRepresentation(parts))


def test_levels_of_different_sizes():
    assert skipped(model(dict(type=Pyramid), strides=(4, 8))) == {}


def test_supports_of_another_encoder(monkeypatch):
    """Of four channels, which the stand-in takes."""
    masked = ImageView(lambda x, m: torch.cat([x, (m == 1).unsqueeze(1)], 1))
    monkeypatch.setitem(SUPPORT_VIEWS, 'with_mask', masked)

    class Conditioned(ViewHead):
        def __init__(self):
            super().__init__('with_mask')
            self.support_views = ('with_mask',)

        def represent_shots(self, supports):
            (level,) = supports.views['with_mask']
            vector = class_prototype(level, supports.masks, 1)
            return ClassRepresentation(dict(vector=vector))

    support = dict(type='StandInBackbone', channels=(3, 8), seed=0)
    whole = model(dict(type=Conditioned), (4, 8), support_backbone=support)
    assert skipped(whole) == {}


def test_a_view_from_inside_the_backbone(monkeypatch):
    """The real encoder is run: no stand-in has its parts."""

    def mask_behind_first(backbone, levels, masks):
        weights = F.interpolate(
            (masks == 1).unsqueeze(1).to(levels[0]), levels[0].shape[2:]
        )
        masked = levels[0] * weights
        return masked, backbone.second(masked)

    monkeypatch.setitem(SUPPORT_VIEWS, 'masked_level', LevelView(mask_behind_first))
    head = dict(type=ViewHead, view='masked_level')
    whole = model(head) | dict(backbone=dict(type='TwoStageBackbone'))
    case = HeadCase(whole)
    assert isinstance(case.prototype.backbone, TwoStageBackbone)
    assert skipped(whole, 'output', 'encode_once', 'gradients', 'checkpoint') == {}


class NeedsItsEncoder(FewShotSegmentor):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        if isinstance(self.backbone, StandInBackbone):
            raise ValueError('no layer4')


def test_a_model_that_refuses_the_stand_in_has_its_own_encoder():
    head = dict(type=SoundHead, in_channels=(4, 8))
    own = dict(type=NeedsItsEncoder, backbone=dict(type='TwoStageBackbone'))
    case = HeadCase(own | dict(decode_head=head))
    assert isinstance(case.prototype.backbone, TwoStageBackbone)
    wrong = model(head) | dict(type=NeedsItsEncoder)
    with pytest.raises(ValueError, match='no layer4'):
        check_head(wrong)


def test_encoders_are_replaced():
    """By a stand-in of their levels; strategies are left out."""
    backbone = dict(
        type='TorchvisionBackbone', name='resnet18', out_nodes=('layer1', 'layer2')
    )
    head = dict(type=SoundHead, in_channels=(64,), in_index=(0,))
    whole = model(head) | dict(backbone=backbone, fine_tuning=dict(steps=9))
    built = HeadCase(dict(model=whole)).prototype
    assert isinstance(built.backbone, StandInBackbone) and built.fine_tuning is None
    assert built.backbone.channels == (64, 128) and built.backbone.strides == (4, 8)


def test_an_encoder_that_cannot_be_run_without_memory():
    """It is run; PositionalDebias looks at a black image, and wants to know it."""
    stem = dict(
        type='TorchvisionBackbone', name='resnet18', out_nodes=('relu',), weights=None
    )
    found = stand_in_of(encoder=dict(type='PositionalDebias', backbone=stem))
    assert found == dict(type='StandInBackbone', channels=(64, 64), strides=(2, 2))


def test_an_encoder_that_cannot_be_measured():
    class Broken(nn.Module):
        def forward(self, x):
            raise RuntimeError('no')

    with pytest.raises(ValueError, match=r'cannot be measured \(RuntimeError: no\); g'):
        stand_in_of(encoder=Broken())


def test_the_stand_in():
    backbone = StandInBackbone((5, 6), (8, 16))
    state = torch.random.get_rng_state()
    again = StandInBackbone((5, 6), (8, 16))
    assert torch.equal(torch.random.get_rng_state(), state)
    image = torch.rand(1, 5, 33, 49)
    levels = backbone(image)
    assert [tuple(x.shape) for x in levels] == [(1, 5, 5, 7), (1, 6, 3, 4)]
    assert all(map(torch.equal, levels, again(image)))
    assert list(backbone.parameters()) == []
    with pytest.raises(ValueError, match=r'strides=\(8,\) must have the same length'):
        StandInBackbone((5, 6), (8,))
    assert PLAIN in SUPPORT_VIEWS
