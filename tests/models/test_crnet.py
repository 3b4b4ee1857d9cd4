"""CRNet's modules against values worked out by hand, its head by its equations."""

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from fss_mm.models import CRNetHead
from fss_mm.models.layers import (
    Condition,
    CrossReference,
    GlobalConvolution,
    MaskRefinement,
)
from fss_mm.models.segmentors.support_views import foreground_only
from fss_mm.structures import PLAIN
from tests.models.builders import batch, build_segmentor, features, run, swapped


def pairs(n=2, channels=4, size=7):
    torch.manual_seed(3)
    return torch.randn(n, 2, channels, size, size, dtype=torch.float64)


def head(**kwargs):
    torch.manual_seed(1)
    small = dict(channels=4, init_cfg=None, co_occurrence=dict(dropout=0.0))
    return CRNetHead((6, 8), **small | kwargs).double()


def episodes(n=2, k=1, **kwargs):
    return features(n, k, dtype=torch.float64, **kwargs)


# ---- cross-reference ---------------------------------------------------------------


def test_gate_by_hand():
    """Two channels; means (1, -2) and (3, 0.5)."""
    module = CrossReference(2).double()
    first, _, second = module.gates[0]
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, 0.5], [-1.0, 1.0]]))
        first.bias.copy_(torch.tensor([0.25, 0.0]))
        second.weight.copy_(torch.tensor([[2.0, 1.0], [0.0, -1.0]]))
        second.bias.copy_(torch.tensor([-1.0, 0.5]))
    pair = torch.tensor([[0.0, 2.0], [-2.0, -2.0], [3.0, 3.0], [0.0, 1.0]])
    pair = pair.double().view(1, 2, 2, 1, 2)  # two images, two channels, 1 x 2 cells
    # hidden layers: ReLU(1 - 1 + .25, -1 - 2) and ReLU(3 + .25 + .25, -3 + .5)
    sigmoid = lambda x: 1 / (1 + math.exp(-x))  # noqa: E731
    gate = (
        sigmoid(2 * 0.25 - 1) * sigmoid(2 * 3.5 - 1),
        sigmoid(0.5) * sigmoid(0.5),
    )
    expected = pair * torch.tensor(gate, dtype=torch.float64).view(2, 1, 1)
    assert (module(pair) - expected).abs().max() < 1e-15


def test_exchanged_images_give_exchanged_outputs():
    module, pair = CrossReference(4, hidden_channels=3).double(), pairs()
    assert (module(pair.flip(1)) - module(pair).flip(1)).abs().max() < 1e-12
    apart = CrossReference(4, shared=False).double()
    assert (apart(pair.flip(1)) - apart(pair).flip(1)).abs().max() > 1e-3


def test_a_channel_that_one_image_lacks_is_closed_in_both():
    module = CrossReference(1).double()
    with torch.no_grad():
        for layer in (module.gates[0][0], module.gates[0][2]):
            layer.weight.fill_(10), layer.bias.fill_(0)
        module.gates[0][2].bias.fill_(-50)
    pair = torch.ones(1, 2, 1, 3, 3, dtype=torch.float64)
    assert module(pair).min() > 0.99
    pair[:, 1] = 0
    assert module(pair).max() < 1e-20


# ---- condition ---------------------------------------------------------------------


def test_condition_by_hand():
    """One channel and centre-only kernels: a formula of each cell."""
    module = Condition(1).double()
    with torch.no_grad():
        for p in module.parameters():
            p.zero_()
        module.fuse[0].weight[0, :, 1, 1] = torch.tensor([2.0, -1.0])
        module.fuse[0].bias.fill_(0.5)
        module.residual[0].weight[0, 0, 1, 1] = 3.0
        module.residual[0].bias.fill_(-4.0)
    feat = torch.tensor([[[[0.0, 1.0, 2.0]]]], dtype=torch.float64)
    vector = torch.full((1, 1, 1, 1), 1.5, dtype=torch.float64)
    # fused: ReLU(2 x - 1.5 + .5) = 0, 1, 3; residual: ReLU(3 y - 4) = 0, 0, 5
    assert module(feat, vector).flatten().tolist() == [0.0, 1.0, 8.0]


def test_the_background_of_the_support_does_not_matter():
    """Neither in the masked image nor, by itself, in its features."""
    module, (_, supports) = head(), episodes()
    views = supports.views['foreground_only']
    inside = F.interpolate(
        (supports.masks == 1).double(), (7, 7), mode='bilinear', align_corners=True
    )
    far = F.max_pool2d(inside, 3, 1, 1)[:, :, None] == 0  # reduce sees a 3 x 3 window
    changed = tuple(x + far for x in views)
    other = supports.views | dict(foreground_only=changed)
    vectors = [
        module.represent(replace(supports, views=views))['vector']
        for views in (supports.views, other)
    ]
    assert torch.equal(*vectors)


def test_foreground_only():
    images = torch.arange(12.0).view(1, 3, 2, 2) + 1
    masks = torch.tensor([[[1, 0], [255, 1]]], dtype=torch.uint8)
    shown = foreground_only(images, masks)
    assert shown[0, 0].tolist() == [[1.0, 0.0], [0.0, 4.0]]
    with pytest.raises(ValueError, match='load the mask in front of the Resize'):
        foreground_only(images, masks[:, :1])


# ---- mask refinement ---------------------------------------------------------------


def test_global_convolution_of_ones():
    """Each group is a 7 x 7 box: 2 * 49 inside, cut at the borders."""
    module = GlobalConvolution(1).double()
    with torch.no_grad():
        for name, p in module.named_parameters():
            p.fill_(float('weight' in name))
    result = module(torch.ones(1, 1, 9, 9, dtype=torch.float64))[0, 0]
    assert result[4, 4] == 98 and result[0, 0] == 32 and result[0, 4] == 56


def refinement(**kwargs):
    torch.manual_seed(0)
    module = MaskRefinement(4, 6, init_cfg=None, **kwargs).double()
    if module.cached is not None:
        with torch.no_grad():  # the cache matters
            module.combine[0].weight[:, -6:] *= 20
    return module.eval()


def written_out(module, pair, cache):
    """One pass, in plain torch, image by image."""
    state = module.state_dict()

    def conv(name, x, **kwargs):
        return F.conv2d(x, state[f'{name}.weight'], state[f'{name}.bias'], **kwargs)

    def resize(x, size):
        return F.interpolate(x, size, mode='bilinear', align_corners=True)

    entered = [F.relu(conv('enter.0', pair[:, i], padding=1)) for i in (0, 1)]
    coarse = [F.relu(conv('halve.0', x, stride=2, padding=1)) for x in entered]
    logits = []
    for i in (0, 1):
        x = entered[i] + resize(coarse[1 - i], entered[i].shape[-2:])
        tall, wide = dict(padding=(3, 0)), dict(padding=(0, 3))
        g = 'widen.0.groups'
        x = F.relu(
            conv(f'{g}.0.1', conv(f'{g}.0.0', x, **wide), **tall)
            + conv(f'{g}.1.1', conv(f'{g}.1.0', x, **tall), **wide)
        )
        if 'cached.0.weight' in state:
            cached = F.relu(conv('cached.0', cache[:, i], padding=1))
            x = torch.cat([x, cached], 1)
        x = F.relu(conv('combine.0', x, padding=1))
        x = x + F.relu(conv('residual.0', x, padding=1))
        logits.append(conv('classify', x))
    return torch.stack(logits, 1)


def empty_cache(n=2, size=7):
    return torch.zeros(n, 2, 2, size, size, dtype=torch.float64)


@pytest.mark.parametrize('size', [7, 8])
def test_one_pass_written_out(size):
    module, pair = refinement(max_passes=1), pairs(size=size)
    expected = written_out(module, pair, empty_cache(size=size))
    assert (module(pair)[0] - expected).abs().max() < 1e-12
    assert coarse_size(module, pair) == (size + 1) // 2


def coarse_size(module, pair):
    return module.halve(module.enter(pair[:, 0])).shape[-1]


@pytest.mark.parametrize('passes', [1, 2, 5])
def test_n_passes_are_n_single_ones(passes):
    """The cache is zero at first, then the probabilities of the pass before."""
    module, pair, cache = refinement(max_passes=passes), pairs(), empty_cache()
    for _ in range(passes):
        logits = written_out(module, pair, cache)
        cache = logits.softmax(2)
    ours, count = module(pair)
    assert (ours - logits).abs().max() < 1e-12
    assert count.tolist() == [passes] * 2
    other = refinement(max_passes=passes + 1)(pair)[0]
    assert (ours - other).abs().max() > 1e-6, 'the next pass changes something'


def test_training_sees_the_cache_of_a_first_pass():
    """Without gradients through that pass, for both images of a pair."""
    module, pair = refinement(reset_prob=0.0).train(), pairs()
    first = written_out(module, pair, empty_cache()).softmax(2)
    logits, passes = module(pair)
    assert (logits - written_out(module, pair, first)).abs().max() < 1e-12
    assert passes.tolist() == [2, 2]


def test_passes_need_a_cache():
    with pytest.raises(ValueError, match='max_passes=3 with use_cache=False: without'):
        MaskRefinement(4, use_cache=False, max_passes=3)


def test_both_masks_settle_together():
    """An episode goes on while either of its two masks changes."""
    module, pair = refinement(max_passes=4, tolerance=0.0), pairs(n=6)
    logits, counts = module(pair)
    labels = [
        refinement(max_passes=n)(pair)[0].argmax(2).flatten(1) for n in range(1, 5)
    ]
    for i, count in enumerate(counts.tolist()):
        same = [torch.equal(a[i], b[i]) for a, b in zip(labels, labels[1:])]
        assert count == (same.index(True) + 2 if True in same else 4)
        assert torch.equal(logits[i].argmax(1).flatten(), labels[count - 1][i])


def test_without_cache_there_is_one_pass():
    module, pair = refinement(use_cache=False), pairs()
    for training in (False, True):
        logits, count = module.train(training)(pair)
        expected = written_out(module, pair, empty_cache())
        assert (logits - expected).abs().max() < 1e-12 and count.tolist() == [1, 1]


# ---- the head ----------------------------------------------------------------------


def test_head_by_its_equations():
    module, (query, supports) = head(refine=dict(max_passes=3)).eval(), episodes()
    state = module.state_dict()

    def conv(name, x, padding=1):
        x = F.conv2d(x, state[f'{name}.weight'], state[f'{name}.bias'], padding=padding)
        return F.relu(x)

    def linear(name, x):
        return F.linear(x, state[f'{name}.weight'], state[f'{name}.bias'])

    def gate(x):
        hidden = F.relu(linear('cross_reference.gates.0.0', x.mean((2, 3))))
        return torch.sigmoid(linear('cross_reference.gates.0.2', hidden))

    images = [
        conv('reduce.0', torch.cat(levels, 1))
        for levels in (
            query.levels,
            *([x[:, 0] for x in v] for v in supports.views.values()),
        )
    ]
    common = (gate(images[0]) * gate(images[1]))[:, :, None, None]
    mask = (supports.masks == 1).double()
    weight = F.interpolate(mask, (7, 7), mode='bilinear', align_corners=True)
    area = weight.sum((2, 3), keepdim=True) + 5e-4
    vector = (images[2] * weight).sum((2, 3), keepdim=True) / area
    pair = []
    for image in images[:2]:
        x = image * common
        y = conv('condition.fuse.0', torch.cat([x, vector.expand_as(x)], 1))
        pair.append(torch.cat([x, y + conv('condition.residual.0', y)], 1))
    pair, cache = torch.stack(pair, 1), empty_cache()
    for _ in range(3):
        logits = written_out(module.refine, pair, cache)
        cache = logits.softmax(2)
    output = module(query, supports)
    assert (output.query_logits - logits[:, 0]).abs().max() < 1e-10
    assert (output.support_logits[:, 0] - logits[:, 1]).abs().max() < 1e-10


@pytest.mark.parametrize('training', [False, True])
def test_without_condition_query_and_support_are_exchangeable(training):
    """The mask is never looked at, and all layers are the same for both."""
    module, data = head(condition=False, refine=dict(reset_prob=1.0)), episodes()
    module.train(training)
    a, b = module(*data), module(*swapped(*data))
    assert (a.query_logits - b.support_logits[:, 0]).abs().max() < 1e-12
    assert (a.support_logits[:, 0] - b.query_logits).abs().max() < 1e-12
    assert module.support_views == (PLAIN,), 'no masked image is encoded'


def test_identical_images_get_identical_masks():
    module, (query, supports) = head().eval(), episodes()
    output = module(query, swapped(query, supports)[1])
    assert torch.allclose(output.query_logits, output.support_logits[:, 0])


def test_co_occurrence_is_for_training_alone():
    module, data = head(co_occurrence_weight=0.25), episodes()
    output = module(*data)
    assert set(output.training_outputs) == {'co_occurrence'}
    auxiliary = output.training_outputs['co_occurrence']
    assert auxiliary.query_logits.shape == output.query_logits.shape
    assert auxiliary.support_logits.shape == output.support_logits.shape
    assert auxiliary.loss_weight == 0.25
    assert module.eval()(*data).training_outputs == {}


@pytest.mark.parametrize(
    'left_out, absent',
    [
        (dict(cross_reference=None), {'cross_reference', 'co_occurrence'}),
        (dict(co_occurrence=None), {'co_occurrence'}),
        (dict(condition=False), {'condition'}),
    ],
)
def test_modules_can_be_left_out(left_out, absent):
    whole = {name.split('.')[0] for name in head().state_dict()}
    some = head(**left_out)
    assert {name.split('.')[0] for name in some.state_dict()} == whole - absent
    assert some(*episodes()).query_logits.shape == (2, 2, 7, 7)


def test_something_must_pass_between_the_images():
    with pytest.raises(ValueError, match='nothing would pass from the support'):
        head(cross_reference=None, condition=False)


def test_several_supports_need_a_strategy():
    message = r'episodes have 3; average over single shots: .*shot_fusion=dict\(\)'
    with pytest.raises(ValueError, match=message):
        head()(*episodes(k=3))


def test_support_of_another_size():
    query, _ = episodes()
    _, small = features(size=5, dtype=torch.float64)
    assert head()(query, small).query_logits.shape == (2, 2, 7, 7)


def test_trainable_parameters():
    """Of the default widths on layer3 and layer4 of ResNet-50, counted by hand."""
    c, conv = 256, lambda i, o, area=9: o * (i * area + 1)
    expected = dict(
        reduce=conv(3072, c),
        cross_reference=2 * conv(c, c, 1),
        co_occurrence=conv(c, c)
        + 2 * conv(c, c, 1)
        + 3 * conv(c, c)
        + conv(5 * c, c, 1)
        + conv(c, 2, 1),
        condition=conv(2 * c, c) + conv(c, c),
        refine=conv(2 * c, c)
        + conv(c, c)
        + 4 * conv(c, c, 7)
        + conv(2, c)
        + conv(2 * c, c)
        + conv(c, c)
        + conv(c, 2, 1),
    )
    model = CRNetHead((1024, 2048))
    counts = {
        name: sum(p.numel() for p in child.parameters())
        for name, child in model.named_children()
        if name in expected
    }
    assert counts == expected and sum(expected.values()) == 17_181_444


# ---- in the segmentor --------------------------------------------------------------

SMALL = dict(type='CRNetHead', in_channels=(64, 128), channels=8)


def test_losses_of_both_branches_and_of_the_auxiliary():
    model = build_segmentor(decode_head=SMALL)
    losses = run(model.train(), batch(), 'loss')
    parts = {key.rsplit('.', 1)[0] for key in losses}
    branches = {'query', 'support'}
    assert parts == branches | {f'co_occurrence.{b}' for b in branches}
    assert not any('co_occurrence' in k for k in run(model.eval(), batch(), 'loss'))


def test_auxiliary_weight_and_branch_weight_multiply():
    def losses(**kwargs):
        weight = dict(co_occurrence_weight=kwargs.pop('co_occurrence_weight', 1.0))
        plain = dict(co_occurrence=dict(dropout=0.0), refine=dict(reset_prob=1.0))
        model = build_segmentor(decode_head=SMALL | weight | plain, **kwargs)
        return run(model.train(), batch(), 'loss')

    one = losses()
    other = losses(co_occurrence_weight=0.5, support_loss_weight=0.2)
    factors = {'co_occurrence.query': 0.5, 'co_occurrence.support': 0.1}
    for key, factor in (factors | {'query': 1.0, 'support': 0.2}).items():
        key = f'{key}.loss_ce'
        assert other[key].item() == pytest.approx(factor * one[key].item())


def test_masked_supports_are_encoded_in_the_same_pass():
    model, seen = build_segmentor(decode_head=SMALL).eval(), []
    model.backbone.register_forward_hook(lambda m, x, y: seen.append(x[0]))
    data = batch(n=2)
    run(model, data, 'predict')
    (images,) = seen
    assert images.shape == (6, 3, 33, 33), 'queries, supports, masked supports'
    masks = torch.cat(data['inputs']['support_mask'])
    assert torch.equal(images[4:], images[2:4] * (masks == 1).unsqueeze(1))


def test_every_parameter_is_trained():
    """What sees either probability of the cache too, where there is one."""
    refine = dict(reset_prob=0.0)
    model = build_segmentor(decode_head=SMALL | dict(refine=refine)).train()
    losses = run(model, batch(), 'loss')
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    assert all(p.grad.abs().sum() > 0 for p in model.decode_head.parameters())
    seen = model.decode_head.refine.cached[0].weight.grad
    assert (seen.abs().sum((0, 2, 3)) > 0).all()
