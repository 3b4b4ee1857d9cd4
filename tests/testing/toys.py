"""A small sound head, and for each check one that is broken in its way."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from fss_mm.models import FewShotDecodeHead
from fss_mm.models.layers import class_prototype, cosine_map
from fss_mm.structures import ClassRepresentation, FewShotHeadOutput

WIDTHS = dict(in_channels=(6, 8))


class SoundHead(FewShotDecodeHead):
    """A learned line over the cosine to the class's mean; each step can be broken."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.embed = nn.Conv2d(sum(self.in_channels), 4, 1)
        self.scale = nn.Parameter(torch.tensor([5.0, -2.0]))

    def reduce_levels(self, levels):
        return (self.embed(self.join(levels)),)

    def represent_shots(self, supports):
        return ClassRepresentation(dict(vector=self.vector(supports)))

    def vector(self, supports):
        return class_prototype(supports.levels[0], supports.masks, label=1)

    def segment(self, query, representation):
        likeness = cosine_map(query.levels[0], representation['vector'])
        return self.output(self.scale[0] * likeness + self.scale[1])

    def output(self, foreground):
        return FewShotHeadOutput(torch.cat([-foreground, foreground], dim=1))


class OneLogit(SoundHead):
    def output(self, foreground):
        return FewShotHeadOutput(foreground)


class AtFeatureSize(SoundHead):
    def predict_by_feat(self, logits, size):
        return logits


class FixedPrecision(SoundHead):
    def output(self, foreground):
        return super().output(foreground.float())


class MeanOfTheBatch(SoundHead):
    def output(self, foreground):
        return super().output(foreground - foreground.mean())


class FirstShot(SoundHead):
    def merge_shots(self, shots):
        self.require_shots(shots['vector'].shape[1])
        return shots.map(lambda x: x[:, 0])


class LooksAtOtherShots(SoundHead):
    def vector(self, supports):
        found = super().vector(supports)
        return found + found.mean(1, keepdim=True)


class OtherForward(SoundHead):
    def forward(self, query, supports, with_support=False):
        output = super().forward(query, supports, with_support)
        return FewShotHeadOutput(1.1 * output.query_logits, output.support_logits)


class KeepsTheClass(SoundHead):
    def vector(self, supports):
        self.kept = super().vector(supports)
        return self.kept

    def segment(self, query, representation):
        likeness = cosine_map(query.levels[0], self.kept.mean(1))
        return self.output(self.scale[0] * likeness + self.scale[1])


class PartsByOrder(SoundHead):
    def represent_shots(self, supports):
        levels, masks = supports.levels[0], supports.masks
        parts = [class_prototype(levels, masks, label) for label in (1, 0)]
        return ClassRepresentation(dict(zip(('fore', 'back'), parts)))

    def segment(self, query, representation):
        first, _ = representation.parts.values()
        likeness = cosine_map(query.levels[0], first)
        return self.output(self.scale[0] * likeness + self.scale[1])


class BeyondHalf(SoundHead):
    def vector(self, supports):
        return 1e6 * super().vector(supports)


class OneClassForAll(SoundHead):
    def segment(self, query, representation):
        return super().segment(query, representation.map(lambda x: x[:1]))


class NothingOfTheClass(SoundHead):
    def segment(self, query, representation):
        return self.output(self.scale[0] * query.levels[0][:, :1])


class NoBuffer(SoundHead):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.offset = float(torch.randn(()))

    def output(self, foreground):
        return super().output(foreground + self.offset)


class MeanOfTheImages(SoundHead):
    def reduce_levels(self, levels):
        (feat,) = super().reduce_levels(levels)
        return (feat - feat.mean(0, keepdim=True),)


class IgnoredIsTheClass(SoundHead):
    def represent_shots(self, supports):
        masks = (supports.masks > 0).to(torch.uint8)
        vector = class_prototype(supports.levels[0], masks, label=1)
        return ClassRepresentation(dict(vector=vector))


class IgnoredIsTrained(SoundHead):
    def loss_by_feat(self, logits, masks):
        return super().loss_by_feat(logits, masks.clamp(max=1))


class DividesByTheArea(SoundHead):
    """Not a number without the class, or where no cell is left of it."""

    def vector(self, supports):
        feat = supports.levels[0]
        inside = (supports.masks == 1).to(feat.dtype)
        inside = F.interpolate(inside, feat.shape[-2:], mode='nearest')[:, :, None]
        return (feat * inside).sum((3, 4), True) / inside.sum((3, 4), True)


class RefusesWithoutAName(SoundHead):
    def vector(self, supports):
        if (supports.masks == 1).flatten(1).sum(1).amin() < 10:
            raise ValueError('no')
        return super().vector(supports)


class NeverUsed(SoundHead):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.spare = nn.Conv2d(4, 4, 1)


class CutOff(SoundHead):
    def vector(self, supports):
        return super().vector(supports).detach()

    def query_levels(self, levels):
        return tuple(x.detach() for x in levels)


class Uphill(SoundHead):
    def output(self, foreground):
        return super().output(2 * foreground.detach() - foreground)


class NoiseAtTest(SoundHead):
    def output(self, foreground):
        return super().output(foreground + 0.1 * torch.randn_like(foreground))


class DropoutAtTest(SoundHead):
    def output(self, foreground):
        return super().output(F.dropout(foreground))


class NumpysNoise(SoundHead):
    def output(self, foreground):
        return super().output(foreground + self.training * np.random.rand())


class NoDevice(SoundHead):
    def output(self, foreground):
        return super().output(foreground * torch.ones(foreground.shape[-1]))


class NotMoved(SoundHead):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.factor = torch.ones(1)


class NoDeviceInTraining(SoundHead):
    def loss_by_feat(self, logits, masks):
        weighted = logits * torch.ones(logits.shape[-1])
        return super().loss_by_feat(weighted, masks)


class TakesNoShots(SoundHead):
    def merge_shots(self, shots):
        return shots.map(lambda x: x.sum(1))


class TakesAnyLevels(SoundHead):
    def choose(self, levels):
        return tuple(levels[i] for i in self.in_index)


class TakesAnyArgument(SoundHead):
    def __init__(self, in_channels, **kwargs):
        super().__init__(in_channels=in_channels)


MUTANTS = {
    OneLogit: ('output', r'query_logits have shape \(2, 1, 9, 9\)'),
    AtFeatureSize: ('prediction', r'the mask has shape \(1, 5, 7\) .* of \(33, 49\)'),
    FixedPrecision: ('precision', 'features of torch.float64 give .* torch.float32'),
    MeanOfTheBatch: ('episodes_do_not_mix', 'episode 0 of a batch is not as it is'),
    FirstShot: ('order_of_shots', 'another order .* shots_are_ordered = True if'),
    LooksAtOtherShots: ('supports_alone', "'vector' of support 0 is not"),
    OtherForward: ('represent_then_segment', 'then segment, differ in eval mode'),
    KeepsTheClass: ('class_is_kept', 'something of it is kept in the head'),
    PartsByOrder: ('class_is_kept', 'parts are taken by their order'),
    BeyondHalf: ('class_in_half_precision', 'half precision gives other logits'),
    OneClassForAll: ('classes_together', 'class 1 of three is not'),
    NothingOfTheClass: ('classes_together', 'two classes give the same logits'),
    NoBuffer: ('checkpoint', 'neither a parameter nor a buffer'),
    MeanOfTheImages: ('encode_once', 'episode 0, put together of images'),
    IgnoredIsTheClass: ('ignored_in_supports', 'the masks of the supports are 255'),
    IgnoredIsTrained: ('ignored_in_loss', "'loss_ce' of loss_by_feat changes"),
    DividesByTheArea: ('masks_of_one_value', 'masks are 0 everywhere have values'),
    RefusesWithoutAName: ('small_object', 'ValueError: no; it does not say mask'),
    NeverUsed: ('gradients', 'no gradient reaches spare.bias, spare.weight in 4'),
    CutOff: ('gradients', 'no gradient reaches embed.bias, embed.weight in 4'),
    Uphill: ('loss_falls', '8 steps of Adam on the same episodes take the loss from'),
    NoiseAtTest: ('no_randomness_at_test', 'eval mode draws from torch'),
    DropoutAtTest: ('no_randomness_at_test', 'eval mode draws from torch'),
    NumpysNoise: ('randomness_in_training', 'training draws from numpy.random'),
    NoDevice: ('devices', 'a tensor is made without naming its device'),
    NotMoved: ('devices', 'factor is a tensor, and no buffer: it stays where it is'),
    NoDeviceInTraining: ('devices', 'a tensor is made without naming its device'),
    TakesNoShots: ('number_of_shots', 'episodes without supports are taken without a'),
    TakesAnyLevels: ('levels_that_do_not_fit', 'levels of more .* give RuntimeError'),
    TakesAnyArgument: ('unknown_argument', 'no_such_argument=1 is taken without'),
}
"""Broken heads: the check that has to fail, and what it has to say."""
