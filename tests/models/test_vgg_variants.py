"""VGG as PANet, SG-One and AMP change it, against its layers written out."""

import pytest
import torch
import torch.nn.functional as F
import torchvision

from fss_mm.models import TorchvisionBackbone
from fss_mm.models.backbones import change_vgg, vgg_layers

BLOCKS = (1, 1, 2, 2, 2)  # convolutions in each block of a VGG-11
VARIANTS = dict(
    panet=dict(vgg=dict(pools=[(3, 2)] * 3 + [(3, 1), None], dilations=dict(conv5=2))),
    sg_one=dict(vgg=dict(pools=[(3, 2)] * 3 + [(3, 1)] * 2)),
    amp=dict(
        vgg=dict(
            pools=[(2, 2)] * 3 + [None] * 2,
            dilations=dict(conv5=4, conv4_2=2, conv5_1=2),
        ),
        ceil_mode=True,
    ),
)


def build(nodes, name='vgg11', **kwargs):
    """Without the memory and time of the classifier that is cut off."""
    with torch.device('meta'):
        return TorchvisionBackbone(name, nodes, None, frozen=False, **kwargs)


def drawn(backbone):
    """Such a one with weights, in float64."""
    torch.manual_seed(0)
    backbone = backbone.to_empty(device='cpu').double()
    for parameter in backbone.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    return backbone


def written_out(state, x, vgg, ceil_mode=False):
    """Levels by their names in the paper."""
    weights = [v for k, v in state.items() if k.endswith('weight')]
    biases = [v for k, v in state.items() if k.endswith('bias')]
    pools = vgg['pools']
    dilations = vgg.get('dilations', {})
    levels = {}
    for block, (convs, pool) in enumerate(zip(BLOCKS, pools), 1):
        for conv in range(1, convs + 1):
            own = f'conv{block}_{conv}'
            d = dilations.get(own, dilations.get(f'conv{block}', 1))
            x = F.conv2d(x, weights.pop(0), biases.pop(0), 1, d, d)
            levels[own] = x
            levels[f'relu{block}_{conv}'] = x = x.relu()
        if pool is not None:
            kernel, stride = pool
            x = F.max_pool2d(x, kernel, stride, (kernel - 1) // 2, ceil_mode=ceil_mode)
        levels[f'pool{block}'] = x
        if not weights:
            return levels
    return levels


@pytest.mark.parametrize('kind', VARIANTS)
def test_levels_are_those_of_the_papers(kind):
    nodes = ('pool3', 'conv4_2', 'relu4_2', 'pool4', 'conv5_2', 'pool5')
    backbone = drawn(build(nodes, **VARIANTS[kind]))
    images = torch.rand(2, 3, 37, 44, dtype=torch.float64)
    with torch.no_grad():
        levels = backbone(images)
        expected = written_out(backbone.state_dict(), images, **VARIANTS[kind])
    for node, level in zip(nodes, levels):
        assert torch.allclose(level, expected[node], rtol=0, atol=1e-12), node
    assert levels[0].shape[-2:] == levels[-1].shape[-2:] == (5, 6), 'an eighth'


@pytest.mark.parametrize('kind', VARIANTS)
def test_weights_of_torchvision_fit(kind):
    """Also where a pooling is taken away."""
    with torch.device('meta'):
        whole = torchvision.models.vgg16(weights=None).features.state_dict()
    own = build(('conv5_3',), 'vgg16', **VARIANTS[kind]).body.state_dict()
    expected = {f'features.{key}': value.shape for key, value in whole.items()}
    assert {key: value.shape for key, value in own.items()} == expected


def test_parameters_of_a_vgg_16():
    backbone = build(('conv5_3',), 'vgg16', **VARIANTS['panet'])
    assert sum(p.numel() for p in backbone.parameters()) == 14_714_688
    assert all(p.requires_grad for p in backbone.parameters())


def test_names_of_layers():
    with torch.device('meta'):
        plain = vgg_layers(torchvision.models.vgg16(weights=None))
        norms = vgg_layers(torchvision.models.vgg11_bn(weights=None))
        other = vgg_layers(torchvision.models.alexnet(weights=None))
    assert (plain['conv4_3'], plain['relu5_3']) == ('features.21', 'features.29')
    assert (plain['pool1'], plain['pool5']) == ('features.4', 'features.30')
    assert norms['norm1_1'] == 'features.1' and other == {}


def test_a_level_is_not_overwritten():
    """By the activation behind it, which works in place."""
    backbone = drawn(build(('conv2_1', 'relu2_1')))
    before, behind = backbone(torch.rand(1, 3, 17, 17, dtype=torch.float64))
    assert before.min() < 0 and torch.equal(before.relu(), behind)


@pytest.mark.parametrize(
    ('name', 'vgg', 'message'),
    [
        ('resnet18', {}, r"vgg: name='resnet18' is no VGG; leave it out"),
        ('vgg11', dict(pools=[(3, 2)]), r'pools=\[\(3, 2\)\], expected 5 entries'),
        ('vgg11', dict(dilations=dict(conv6=2)), 'no convolution .conv6.; expected a'),
        ('vgg11', dict(dilations=dict(pool5=2)), r'no convolution .pool5.*conv1_1, co'),
    ],
)
def test_bad_variants(name, vgg, message):
    with torch.device('meta'):
        network = torchvision.models.get_model(name, weights=None)
    with pytest.raises(ValueError, match=message):
        change_vgg(network, name, **vgg)
