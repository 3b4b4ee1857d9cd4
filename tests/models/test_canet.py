"""CANet against its architecture written out in plain torch, in float64."""

import pytest
import torch
import torch.nn.functional as F

from fss_mm.models import CANetHead
from fss_mm.models.layers import IterativeOptimization
from fss_mm.registry import MODELS
from tests.models.builders import features

# ---- the released architecture, layer by layer -------------------------------------


def conv(state, name, x, stride=1, dilation=1):
    weight = state[f'{name}.weight']
    padding = dilation * (weight.shape[-1] // 2)
    bias = state.get(f'{name}.bias')
    return F.conv2d(x, weight, bias, stride, padding, dilation)


def norm(state, name, x, training):
    if training:
        mean = x.mean((0, 2, 3), keepdim=True)
        var = x.var((0, 2, 3), keepdim=True, correction=0)
    else:
        mean, var = (
            state[f'{name}.running_{s}'][:, None, None] for s in ('mean', 'var')
        )
    scale, shift = (state[f'{name}.{s}'][:, None, None] for s in ('weight', 'bias'))
    return (x - mean) / (var + 1e-5).sqrt() * scale + shift


def encoder(state, x, training):
    """ResNet-50 to layer3, strides on the 1 x 1 convolutions, layer3 dilated by 2."""
    x = F.relu(norm(state, 'bn1', conv(state, 'conv1', x, 2), training))
    x = F.max_pool2d(x, 3, 2, 1, ceil_mode=True)
    levels = []
    for layer, (blocks, stride, dilation) in enumerate(
        [(3, 1, 1), (4, 2, 1), (6, 1, 2)]
    ):
        for b in range(blocks):
            p = f'layer{layer + 1}.{b}'
            step = stride if b == 0 else 1
            y = F.relu(
                norm(state, f'{p}.bn1', conv(state, f'{p}.conv1', x, step), training)
            )
            y = conv(state, f'{p}.conv2', y, 1, dilation)
            y = F.relu(norm(state, f'{p}.bn2', y, training))
            y = norm(state, f'{p}.bn3', conv(state, f'{p}.conv3', y), training)
            if b == 0:
                x = conv(state, f'{p}.downsample.0', x, step)
                x = norm(state, f'{p}.downsample.1', x, training)
            x = F.relu(x + y)
        levels.append(x)
    return torch.cat(levels[1:], 1)  # layer2 and layer3: 512 + 1024


def head(state, query, support, mask, history):
    query = F.relu(conv(state, 'reduce.0', query, dilation=2))
    support = F.relu(conv(state, 'reduce.0', support, dilation=2))
    size = support.shape[-2:]
    weight = F.interpolate(mask, size, mode='bilinear', align_corners=True)
    area = weight.sum((2, 3), keepdim=True) + 0.0005
    vector = (support * weight).sum((2, 3), keepdim=True) / area
    x = torch.cat([query, vector.expand_as(query)], 1)
    x = F.relu(conv(state, 'fuse.0', x, dilation=2))
    history = F.interpolate(history, size, mode='bilinear', align_corners=True)
    for b in range(3):
        y = torch.cat([x, history], 1) if b == 0 else x
        y = conv(state, f'refine.blocks.{b}.1', F.relu(y))
        x = x + conv(state, f'refine.blocks.{b}.3', F.relu(y))
    d = 'refine.decoder'
    pooled = F.relu(conv(state, f'{d}.pooled.0', F.avg_pool2d(x, size)))
    parts = [pooled.expand(-1, -1, *size)]
    for i, dilation in enumerate((1, 6, 12, 18)):
        parts.append(F.relu(conv(state, f'{d}.branches.{i}.0', x, dilation=dilation)))
    x = F.relu(conv(state, f'{d}.fuse.0', torch.cat(parts, 1)))
    return conv(state, f'{d}.classify', x)


# ---- ours --------------------------------------------------------------------------

EXACT = dict(
    type='FewShotSegmentor',
    encode_together=False,
    backbone=dict(
        type='TorchvisionBackbone',
        name='resnet50',
        out_nodes=('layer2', 'layer3'),
        weights=None,
        style='caffe',
        ceil_mode=True,
        norm_eval=False,
    ),
    decode_head=dict(
        type='CANetHead',
        in_channels=(512, 1024),
        dropout=0.0,
        mask_resampling=dict(keep_small=False),
        refine=dict(
            decoder=dict(dropout=0.0), reset_prob=1.0, max_passes=2, tolerance=None
        ),
        init_cfg=dict(type='Kaiming', layer='Conv2d', mode='fan_in'),
    ),
)


@pytest.mark.parametrize('training', [False, True])
def test_logits_are_those_of_the_released_architecture(training):
    """Of the first pass in training, of the second at test; at an even size."""
    torch.manual_seed(0)
    model = MODELS.build(EXACT).double()
    model.decode_head.init_weights()
    query = torch.randn(2, 3, 72, 88, dtype=torch.float64)
    support = torch.randn(2, 1, 3, 72, 88, dtype=torch.float64)
    masks = (torch.rand(2, 1, 72, 88) > 0.6).to(torch.uint8)
    model.train(training)
    state = {k: v.clone() for k, v in model.backbone.body.state_dict().items()}
    images = dict(query=query, support=support, support_mask=masks)
    query_features, supports = model.encode(images)
    assert query_features.levels[0].shape[-2:] == (10, 12), 'rounded up: 72 / 8 is 9'
    ours = model.decode_head(query_features, supports).query_logits

    encoded = [encoder(state, images, training) for images in (query, support[:, 0])]
    args = *encoded, masks.double()
    weights = model.decode_head.state_dict()
    expected = head(weights, *args, torch.zeros(2, 2, 10, 12, dtype=torch.float64))
    if not training:
        expected = head(weights, *args, expected.softmax(1))
    assert expected.abs().max() > 0.1
    assert (ours - expected).abs().max() < 1e-10 * expected.abs().max()
    size = (72, 88)
    shown = model.decode_head.resize(ours, size)
    whole = F.interpolate(expected, size, mode='bilinear', align_corners=True)
    assert (shown - whole).abs().max() < 1e-10 * expected.abs().max()


def test_strides_on_the_first_convolution_change_the_features():
    torch.manual_seed(0)
    backbones = [
        MODELS.build(EXACT['backbone'] | dict(style=style)).eval()
        for style in ('pytorch', 'caffe')
    ]
    backbones[1].load_state_dict(backbones[0].state_dict())
    a, b = (net(torch.rand(1, 3, 65, 65))[0] for net in backbones)
    assert a.shape == b.shape and not torch.allclose(a, b, rtol=1e-2)


def test_trainable_parameters():
    count = sum(p.numel() for p in CANetHead((512, 1024)).parameters())
    assert count == 10_494_466


# ---- iterations --------------------------------------------------------------------


def refinement(**kwargs) -> IterativeOptimization:
    """Layers that look at the history so much that masks take time to settle."""
    torch.manual_seed(0)
    kwargs = dict(decoder=dict(dropout=0.0)) | kwargs
    refine = IterativeOptimization(4, **kwargs).double()
    with torch.no_grad():
        refine.blocks[0][1].weight[:, -2:] *= 150
    return refine


def inputs(n=6):
    torch.manual_seed(1)
    return torch.randn(n, 4, 7, 7, dtype=torch.float64)


def test_passes_stop_when_the_mask_stands_still():
    refine, x = refinement(max_passes=5).eval(), inputs()
    logits, passes = refine(x)
    history, seen = torch.zeros(6, 2, 7, 7, dtype=torch.float64), []
    for _ in range(5):
        seen.append(refine.one_pass(x, history))
        history = seen[-1].softmax(1)
    labels = [s.argmax(1) for s in seen]
    for i, count in enumerate(passes.tolist()):
        assert torch.allclose(logits[i], seen[count - 1][i])
        same = [torch.equal(labels[j][i], labels[j - 1][i]) for j in range(1, 5)]
        assert count == (same.index(True) + 2 if True in same else 5)
    assert len(set(passes.tolist())) > 1


def test_each_episode_stops_by_itself():
    refine, x = refinement(max_passes=5).eval(), inputs()
    logits, passes = refine(x)
    assert len(set(passes.tolist())) > 1
    for i in range(len(x)):
        alone, count = refine(x[i : i + 1])
        assert torch.allclose(alone[0], logits[i]) and count == passes[i]


@pytest.mark.parametrize('tolerance', [0.0, 0.05, 1.0])
def test_a_graph_that_makes_all_passes_settles_alike(monkeypatch, tolerance):
    refine, x = refinement(max_passes=4, tolerance=tolerance).eval(), inputs()
    expected, passes = refine(x)
    monkeypatch.setattr(torch.compiler, 'is_compiling', lambda: True)
    logits, counts = refine(x)
    assert torch.allclose(logits, expected) and torch.equal(counts, passes)


def test_a_fixed_number_of_passes():
    refine = refinement(max_passes=3, tolerance=None).eval()
    assert refine(inputs())[1].tolist() == [3] * 6
    assert refinement(max_passes=1).eval()(inputs())[1].tolist() == [1] * 6


def test_history_in_training():
    x = inputs()
    empty = torch.zeros(6, 2, 7, 7, dtype=torch.float64)
    always, never = refinement(reset_prob=0.0), refinement(reset_prob=1.0)
    first = never.one_pass(x, empty)
    assert torch.allclose(never(x)[0], first)
    second = always.one_pass(x, first.detach().softmax(1))
    logits, passes = always(x)
    assert torch.allclose(logits, second) and passes.tolist() == [2] * 6
    logits.sum().backward()
    grads = [p.grad.clone() for p in always.parameters()]
    always.zero_grad()
    second.sum().backward()
    for ours, expected in zip(grads, (p.grad for p in always.parameters())):
        assert torch.allclose(ours, expected), 'no gradient through the first pass'


def test_share_of_episodes_without_history():
    torch.manual_seed(2)
    refine = IterativeOptimization(2, dict(dilations=(1,))).train()
    passes = refine(torch.rand(2000, 2, 1, 1))[1]
    assert (passes == 1).float().mean().item() == pytest.approx(0.7, abs=0.04)


@pytest.mark.parametrize(
    'bad', [dict(max_passes=0), dict(reset_prob=1.5), dict(tolerance=-1)]
)
def test_numbers_out_of_range(bad):
    with pytest.raises(ValueError, match='expected max_passes >= 1'):
        refinement(**bad)


def test_dual_prediction_of_canet():
    """The row DPr: the support is decoded by the same layers and vector."""
    canet = CANetHead((6, 8), channels=4, dropout=0.0, init_cfg=None).eval()
    batch = features(k=3)
    output = canet(*batch, with_support=True)
    assert output.support_logits.shape == (2, 3, 2, 7, 7)
    assert output.aux['num_passes'].shape == (2,)
    assert canet(*batch).support_logits is None


def test_history_leaves_every_gradient_under_autocast():
    """The weights are cast once without gradients and once with them."""
    grads = []
    for enabled in (False, True):
        refine = refinement(reset_prob=0.0).float()
        with torch.autocast('cpu', torch.bfloat16, enabled):
            loss = refine(inputs().float())[0].float().square().mean()
        loss.backward()
        grads.append([p.grad for p in refine.parameters()])
    for exact, cast in zip(*grads):
        assert (exact - cast).abs().max() < 0.1 * exact.abs().max() + 1e-3
