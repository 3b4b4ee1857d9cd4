import copy
import pickle

import pytest
import torch
import torchvision

from fss_mm.models import TorchvisionBackbone
from fss_mm.models.backbones.torchvision_networks import (
    FullyConvolutional,
    fitted_weights,
)


def build(**kwargs):
    kwargs = (
        dict(name='resnet18', out_nodes=('layer2', 'layer3'), weights=None) | kwargs
    )
    torch.manual_seed(0)
    return TorchvisionBackbone(**kwargs)


@pytest.mark.parametrize(
    'name, nodes, channels, stride',
    [
        ('resnet18', ('layer3', 'layer4'), (256, 512), 8),
        ('resnet50', ('layer2', 'layer3'), (512, 1024), 8),
        ('vgg16', ('features.22', 'features.29'), (512, 512), 8),
        ('squeezenet1_1', ('features.7', 'features.12'), (256, 512), 8),
        ('mobilenet_v3_small', ('features.3', 'features.11'), (24, 96), 8),
        ('resnet18', ('layer1', 'layer2'), (64, 128), 4),
    ],
)
def test_levels_share_the_output_stride(name, nodes, channels, stride):
    backbone = build(name=name, out_nodes=nodes, output_stride=stride).eval()
    levels = backbone(torch.rand(1, 3, 65, 65))
    assert tuple(x.shape[1] for x in levels) == channels
    sizes = {tuple(x.shape[-2:]) for x in levels}
    assert len(sizes) == 1 and abs(sizes.pop()[0] - 65 / stride) <= 1


@pytest.mark.parametrize('name', ['resnet50', 'resnet101'])
def test_dilation_agrees_with_torchvisions_own(name):
    """The graph rule gives what torchvision builds by hand, with the same weights."""
    ours = build(name=name, out_nodes=('layer4',), dilate_strided=False).eval()
    make = torchvision.models.get_model
    theirs = make(name, weights=None, replace_stride_with_dilation=[False, True, True])
    theirs.load_state_dict(ours.body.state_dict(), strict=False)
    theirs.fc = theirs.avgpool = torch.nn.Identity()
    x = torch.rand(1, 3, 49, 49)
    expected = theirs.eval()(x)
    ours = ours(x)[0].flatten(1)
    assert (ours - expected).abs().max() < 1e-4 * expected.abs().max()


def test_every_block_is_dilated_as_in_canet():
    body = build(name='resnet50').body
    dilations = [body.get_submodule(f'layer3.{i}.conv2').dilation for i in range(6)]
    assert dilations == [(2, 2)] * 6
    assert body.get_submodule('layer3.0.conv2').stride == (1, 1)


def test_caffe_style_moves_the_strides():
    body = build(name='resnet50', style='caffe', output_stride=None).body
    block = body.get_submodule('layer2.0')
    assert (block.conv1.stride, block.conv2.stride) == ((2, 2), (1, 1))


def test_ceil_mode_rounds_up():
    sizes = [
        build(name='resnet50', ceil_mode=ceil, out_nodes=('maxpool',))(
            torch.rand(1, 3, n, n)
        )[0].shape[-1]
        for ceil in (False, True)
        for n in (64, 65)
    ]
    assert sizes == [16, 17, 17, 17], 'the same at odd sizes'


def test_no_output_stride_leaves_the_network_alone():
    backbone = build(output_stride=None).eval()
    assert [x.shape[-1] for x in backbone(torch.rand(1, 3, 64, 64))] == [8, 4]


@pytest.mark.parametrize(
    ('name', 'node', 'behind'),
    [
        ('resnet18', 'layer2.0.add', 'layer2.0.relu_1'),
        ('squeezenet1_1', 'features.3.squeeze', 'features.3.squeeze_activation'),
        ('densenet121', 'features.norm5', 'relu'),
    ],
)
def test_a_level_in_front_of_an_activation_is_not_overwritten(name, node, behind):
    """Networks apply ReLUs in place, as layers or as functions."""
    backbone = build(name=name, out_nodes=(node, behind), output_stride=None).eval()
    front, back = backbone(torch.rand(1, 3, 33, 33))
    assert front.min() < 0
    assert torch.equal(front.relu(), back)


def test_layers_that_cannot_be_dilated_are_named():
    with pytest.raises(
        ValueError, match='cannot be dilated; choose a larger output_str'
    ):
        build(name='convnext_tiny', out_nodes=('features.7',))


def test_modes():
    frozen = build().train()
    assert not any(m.training for m in frozen.body.modules())
    assert not any(p.requires_grad for p in frozen.parameters())
    canet = build(norm_eval=False).train()
    assert canet.body.bn1.training and not canet.body.bn1.weight.requires_grad
    free = build(frozen=False, norm_eval=False).train()
    assert free.body.bn1.training and free.body.bn1.weight.requires_grad
    half = build(frozen=False).train()
    assert not half.body.bn1.training and half.body.conv1.weight.requires_grad


def test_weights_from_a_local_file(tmp_path):
    torch.manual_seed(5)
    whole = torchvision.models.resnet18(weights=None)
    torch.save(whole.state_dict(), tmp_path / 'resnet18.pth')
    backbone = build(weights=str(tmp_path / 'resnet18.pth'))
    assert not torch.equal(backbone.body.conv1.weight, whole.conv1.weight)
    backbone.init_weights()
    assert torch.equal(backbone.body.conv1.weight, whole.conv1.weight)


def test_weights_that_do_not_fit(tmp_path):
    path = str(tmp_path / 'w.pth')
    torch.save(torchvision.models.squeezenet1_1(weights=None).state_dict(), path)
    with pytest.raises(ValueError, match='do not fit resnet18: .* are missing'):
        build(weights=path).init_weights()
    torch.save(torchvision.models.resnet50(weights=None).state_dict(), path)
    with pytest.raises(ValueError, match='size mismatch') as caught:
        build(weights=path).init_weights()
    assert '\n' not in str(caught.value)
    with pytest.raises(FileNotFoundError, match='no such file'):
        build(weights='nowhere.pth').init_weights()


def test_without_a_network_the_remedy_is_told(monkeypatch, tmp_path):
    import urllib.error

    def refuse(*args, **kwargs):
        raise urllib.error.URLError('no network')

    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    monkeypatch.setattr('torch.hub.urlopen', refuse)
    with pytest.raises(
        ConnectionError, match='cannot download .*weights=path.*weights=None'
    ):
        build(weights='IMAGENET1K_V1').init_weights()


@pytest.mark.parametrize(
    'argument, message',
    [
        (dict(name='resnet5'), "name='resnet5' is not a classification network"),
        (dict(out_nodes=('layer9',)), 'are not nodes of resnet18'),
        (dict(style='tf'), "style='tf', expected 'pytorch' or 'caffe'"),
        (dict(style='caffe'), "style='caffe': resnet18 has no bottleneck blocks"),
        (dict(name='vit_b_16'), "'vit_b_16' is a transformer: use type='TimmBackbone"),
        (dict(name='swin_t'), "'swin_t' is a transformer: use type='TimmBackbone'"),
        (
            dict(weights='DEFAULT', init_cfg=dict(type='Kaiming')),
            'name two sources of weights; give weights=None',
        ),
        (dict(weights='BEST'), "weights='BEST'.*IMAGENET1K_V1"),
    ],
)
def test_bad_arguments(argument, message):
    with pytest.raises(ValueError, match=message):
        build(**argument).init_weights()


@pytest.mark.parametrize(
    'twin', [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
@pytest.mark.parametrize('options', [{}, dict(frozen=False), dict(norm_eval=False)])
def test_a_copy_is_in_the_same_mode(twin, options):
    """Batch norms in training mode would use the batch's statistics."""
    images = torch.rand(2, 3, 33, 33)
    for mode in (False, True):
        backbone = build(**options).train(mode)
        other = twin(backbone)
        modes = [
            {name: module.training for name, module in network.named_modules()}
            for network in (backbone, other)
        ]
        assert modes[0] == modes[1]
        for a, b in zip(backbone(images), other(images)):
            assert torch.equal(a, b)


def test_more_channels_start_from_the_mean_of_three(tmp_path):
    torch.manual_seed(5)
    whole = torchvision.models.squeezenet1_1(weights=None)
    torch.save(whole.state_dict(), tmp_path / 'w.pth')
    name, nodes = 'squeezenet1_1', ('features.3',)
    given = dict(name=name, out_nodes=nodes, weights=str(tmp_path / 'w.pth'))
    backbone = build(**given, in_channels=5).eval()
    backbone.init_weights()
    first = backbone.body.get_submodule('features.0').weight
    colors = whole.features[0].weight
    assert torch.equal(first[:, :3], colors) and first.shape[1] == 5
    for i in (3, 4):
        assert torch.allclose(first[:, i], colors.mean(1))
    images = torch.rand(1, 3, 33, 33)
    plain = build(**given).eval()
    plain.init_weights()
    without = torch.cat([images, torch.zeros(1, 2, 33, 33)], 1)
    assert torch.allclose(backbone(without)[0], plain(images)[0], atol=1e-6)
    torch.save(backbone.body.state_dict(), tmp_path / 'w.pth')  # and as they are
    build(**given, in_channels=5).init_weights()
    with pytest.raises(ValueError, match='was given 3 channels and takes 5'):
        backbone(images)


class SmallAlexNet(torch.nn.Module):
    """Two linear layers behind a map of 3 x 3 cells."""

    def __init__(self):
        super().__init__()
        self.features = torch.nn.Conv2d(3, 4, 3, 4, 1)
        self.avgpool = torch.nn.AdaptiveAvgPool2d((3, 3))
        layers = torch.nn.Linear(36, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2)
        self.classifier = torch.nn.Sequential(*layers)

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def test_linear_layers_become_convolutions():
    torch.manual_seed(0)
    plain = SmallAlexNet()
    ours = FullyConvolutional(SmallAlexNet(), 'small')
    state = fitted_weights(plain.state_dict(), ours.state_dict())
    ours.load_state_dict(state)
    images = torch.rand(2, 3, 12, 16)
    scores = ours(images)
    assert scores.shape == (2, 2, 1, 2)
    cells = plain.features(images)  # (2, 4, 3, 4), of which three at a time
    for i in range(2):
        expected = plain.classifier(cells[..., i : i + 3].flatten(1))
        assert torch.allclose(scores[..., 0, i], expected, atol=1e-6)
    with pytest.raises(ValueError, match='resnet18 has no linear layers .* use vgg16'):
        build(fully_convolutional=True)


def test_padding_is_zeros_around_the_image():
    backbone = build(out_nodes=('conv1',), padding=8, output_stride=None)
    images = torch.rand(1, 3, 16, 16)
    padded = torch.nn.functional.pad(images, [8] * 4)
    assert torch.equal(backbone(images)[0], backbone.body(padded)['conv1'])


def test_a_vector_is_a_map_of_one_cell():
    (vector,) = build(out_nodes=('flatten',), output_stride=None)(
        torch.rand(2, 3, 33, 33)
    )
    assert vector.shape == (2, 512, 1, 1)
