"""Networks of timm as backbones: tiny ones, or without values (device meta)."""

import ast
import copy
import pickle
import re
import sys

import pytest
import torch
from safetensors.torch import save_file

timm = pytest.importorskip('timm')

from fss_mm.models import TimmBackbone, TorchvisionBackbone  # noqa: E402
from fss_mm.models.backbones.timm_backbone import nearest_size  # noqa: E402
from tests.conftest import ROOT  # noqa: E402
from tests.models.builders import batch, build_segmentor, run  # noqa: E402


def build(name='test_vit', **kwargs):
    torch.manual_seed(0)
    return TimmBackbone(name, **dict(weights=None) | kwargs).eval()


def whole(name='test_vit', **kwargs):
    """A network as timm makes it, with position embeddings that differ."""
    torch.manual_seed(1)
    network = timm.create_model(name, **kwargs).eval()
    if hasattr(network, 'pos_embed'):
        torch.nn.init.normal_(network.pos_embed)
    return network


def loaded(tmp_path, network, name='test_vit', **kwargs):
    path = tmp_path / f'{name}.safetensors'
    save_file(network.state_dict(), path)
    backbone = build(name, weights=str(path), **kwargs)
    backbone.init_weights()
    return backbone


# ---- shapes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    'name, options, size, maps',
    [
        ('test_vit', {}, (160, 160), [(64, 10, 10)]),
        ('test_vit', {}, (5, 9), [(64, 1, 1)]),
        ('test_vit2', dict(out_indices=(1, -1)), (33, 50), [(64, 2, 3)] * 2),
        ('vit_small_patch14_dinov2', {}, (28, 280), [(384, 2, 20)]),
        ('vit_small_patch14_reg4_dinov2', {}, (60, 70), [(384, 4, 5)]),
        ('vit_small_patch16_dinov3', {}, (320, 32), [(384, 20, 2)]),
        ('swin_tiny_patch4_window7_224', dict(out_indices=(0, 2)), (100, 300),
         [(96, 24, 76), (384, 6, 19)]),
        ('swinv2_cr_tiny_224', {}, (64, 640), [(768, 2, 20)]),
        ('test_convnext', dict(out_indices=(1, 3)), (33, 130),
         [(32, 4, 16), (64, 1, 4)]),
        ('test_convnext', dict(out_indices=(1, 3), output_stride=8), (64, 64),
         [(32, 8, 8), (64, 8, 8)]),
        ('resnet50', dict(out_indices=(2, 3), output_stride=8), (65, 321),
         [(512, 9, 41), (1024, 9, 41)]),
        ('test_efficientnet', dict(output_stride=16), (65, 33), [(64, 5, 3)]),
        ('vgg11', dict(out_indices=(3, 4)), (64, 96), [(512, 8, 12), (512, 4, 6)]),
        ('test_vit_relpos', {}, (64, 640), [(96, 10, 10)]),
        ('samvit_base_patch16', dict(final_norm=False), (64, 64), [(768, 64, 64)]),
        ('samvit_base_patch16', {}, (64, 64), [(256, 64, 64)]),
    ],
)  # fmt: skip
def test_levels_are_maps_at_any_size(name, options, size, maps):
    with torch.device('meta'):
        backbone = build(name, **options)
        levels = backbone(torch.empty(2, 3, *size))
    assert [tuple(level.shape) for level in levels] == [(2, *one) for one in maps]
    assert backbone.out_channels == tuple(channels for channels, *_ in maps)


@pytest.mark.parametrize(
    'size, step, expected',
    [((33, 50), 16, (32, 48)), ((40, 39), 16, (48, 32)), ((1, 160), 16, (16, 160))],
)
def test_nearest_size(size, step, expected):
    assert nearest_size(size, step) == expected


def test_strides_are_those_of_the_levels():
    with torch.device('meta'):
        backbone = build('resnet50', out_indices=(1, 4), output_stride=16)
    assert (backbone.strides, backbone.step) == ((4, 16), 1)


def test_images_that_a_network_cannot_take_are_told():
    with torch.device('meta'):
        backbone = build('hrnet_w18_small')
        assert backbone(torch.empty(1, 3, 64, 96))[0].shape == (1, 1024, 2, 3)
        with pytest.raises(ValueError, match='takes no images of 33 x 50 .*of 32 \\('):
            backbone(torch.empty(1, 3, 33, 50))
        with pytest.raises(ValueError, match='hiera_tiny_224: .*final_norm=False'):
            build('hiera_tiny_224')(torch.empty(1, 3, 224, 224))


@pytest.mark.parametrize('name', ['resnet18', 'hrnet_w18_small'])
@pytest.mark.parametrize(
    'error',
    [
        torch.cuda.OutOfMemoryError('out of memory; reserved size 2 GiB'),
        RuntimeError('native_layer_norm: expected the same dtype'),
    ],
)
def test_errors_that_are_not_about_the_image_stay_as_they_are(name, error, monkeypatch):
    with torch.device('meta'):
        backbone = build(name)

    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(backbone.body, 'forward_intermediates', fail)
    with pytest.raises(type(error)) as found:
        backbone(torch.empty(1, 3, 33, 50, device='meta'))
    assert found.value is error


@pytest.mark.parametrize(
    ('name', 'step'),
    [('vgg11', 32), ('densenet121', 32), ('resnet18', 1), ('resnet18d', 1)],
)
def test_poolings_crop_nothing(name, step):
    """VGG's would leave 8 of 200 pixels out, and say nothing of it."""
    with torch.device('meta'):
        backbone = build(name)
        assert backbone.step == step
        (level,) = backbone(torch.empty(1, 3, 200, 216))
    assert level.shape[-2:] == (6, 7) if step > 1 else (7, 7)


# ---- values ------------------------------------------------------------------------


@pytest.mark.parametrize('name', ['test_vit', 'test_vit2'])  # class, register token
def test_a_map_holds_timms_tokens(tmp_path, name):
    network = whole(name)
    images = torch.rand(2, 3, 160, 160)
    with torch.no_grad():
        tokens = network.forward_features(images)  # (2, 1 + 100, 64), normalised
        (level,) = loaded(tmp_path, network, name)(images)
    assert torch.allclose(level.flatten(2).mT, tokens[:, 1:], atol=1e-5)


def test_final_norm_is_left_out(tmp_path):
    network = whole()
    images = torch.rand(1, 3, 160, 160)
    plain = loaded(tmp_path, network, final_norm=False)(images)[0]
    normed = loaded(tmp_path, network)(images)[0]
    expected = network.norm(plain.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    assert torch.allclose(normed, expected, atol=1e-5)
    assert not torch.allclose(normed, plain, atol=1e-2)


def test_position_embeddings_are_interpolated(tmp_path):
    """As timm does it for a network that is made for the other size."""
    network = whole()
    backbone = loaded(tmp_path, network)
    other = whole(img_size=(64, 128))
    grown = timm.layers.resample_abs_pos_embed(
        network.pos_embed, (4, 8), num_prefix_tokens=1
    )
    other.load_state_dict(network.state_dict() | dict(pos_embed=grown))
    images = torch.rand(1, 3, 64, 128)
    expected = other.forward_features(images)[:, 1:]
    assert torch.allclose(backbone(images)[0].flatten(2).mT, expected, atol=1e-5)


def test_levels_come_in_the_order_asked_for():
    images = torch.rand(1, 3, 32, 32)
    in_order = build(out_indices=(1, 3, 5))(images)
    mixed = build(out_indices=(-1, 1, -3))(images)
    assert all(map(torch.equal, mixed, (in_order[2], in_order[0], in_order[1])))


def test_layers_behind_the_last_level_are_left_out():
    backbone = build(out_indices=(1, 0))
    assert len(backbone.body.blocks) == 2
    assert not [k for k in backbone.state_dict() if 'head' in k]


def test_a_resized_image_is_all_seen():
    """The nearest multiple may be smaller; no row is cropped."""
    backbone = build()
    images = torch.rand(1, 3, 36, 36)
    small = torch.nn.functional.interpolate(
        images, (32, 32), mode='bilinear', antialias=True
    )
    assert torch.equal(backbone(images)[0], backbone(small)[0])
    images.requires_grad_()
    backbone(images)[0].sum().backward()
    assert images.grad[..., -1, :].abs().sum() > 0
    assert images.grad[..., :, -1].abs().sum() > 0


@pytest.mark.parametrize('stride', [8, 32])
def test_a_resnet_is_torchvisions(stride):
    """The same weights give the same features; timm dilates as torchvision does."""
    ours = build('resnet50.tv_in1k', out_indices=(2, 3, 4), output_stride=stride)
    nodes = ('layer2', 'layer3', 'layer4')
    theirs = TorchvisionBackbone(
        'resnet50', nodes, None, output_stride=stride, dilate_strided=False
    ).eval()
    theirs.body.load_state_dict(ours.body.state_dict())
    images = torch.rand(1, 3, 65, 97)
    for a, b in zip(ours(images), theirs(images)):
        assert a.shape == b.shape
        assert (a - b).abs().max() <= 1e-4 * b.abs().max()


# ---- modes -------------------------------------------------------------------------


def test_modes():
    frozen = build('test_resnet').train()
    assert not any(m.training for m in frozen.body.modules())
    assert not any(p.requires_grad for p in frozen.parameters())
    norms = build('test_resnet', norm_eval=False).train()
    assert norms.body.bn1.training and not norms.body.bn1.weight.requires_grad
    half = build('test_resnet', frozen=False).train()
    assert half.body.training and half.body.bn1.weight.requires_grad
    assert not half.body.bn1.training


@pytest.mark.parametrize(
    'twin', [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copy_gives_the_same(twin):
    images = torch.rand(2, 3, 32, 48)
    for backbone in (build(), build('test_resnet', norm_eval=False).train()):
        assert torch.equal(backbone(images)[0], twin(backbone)(images)[0])


@pytest.mark.parametrize('arithmetic', [{}, dict(precision='bfloat16')])
def test_a_segmentor_on_tokens(arithmetic):
    backbone = dict(
        type='TimmBackbone', name='test_vit', out_indices=(2, -1), weights=None
    )
    head = dict(type='SimPropHead', in_channels=(64, 64), channels=8)
    model = build_segmentor(
        backbone=backbone,
        decode_head=head,
        arithmetic=arithmetic,
        feature_bank=dict(max_gib=0.01),
    )
    losses = run(model, batch(size=50), 'loss')
    assert all(torch.isfinite(v).all() for v in losses.values())
    samples = run(model.eval(), batch(size=50), 'predict')
    assert samples[0].pred_sem_seg.shape == (50, 50)


# ---- weights -----------------------------------------------------------------------


def test_weights_of_a_file(tmp_path):
    network = whole('test_resnet')
    state = network.state_dict()
    without = {k: v for k, v in state.items() if not k.startswith('fc.')}
    torch.save(state, tmp_path / 'whole.pth')
    torch.save(dict(state_dict=without), tmp_path / 'without.pth')
    save_file(without, tmp_path / 'without.safetensors')
    save_file(whole('test_resnet', num_classes=5).state_dict() | without,
              tmp_path / 'five_classes.safetensors')  # fmt: skip
    names = 'whole.pth', 'without.pth', 'without.safetensors'
    for name in (*names, 'five_classes.safetensors'):
        backbone = build('test_resnet', weights=str(tmp_path / name), out_indices=(2,))
        assert not torch.equal(backbone.body.conv1[0].weight, network.conv1[0].weight)
        backbone.init_weights()
        for key, value in backbone.body.state_dict().items():
            assert torch.equal(value, state[key])


class Command:
    """What runs a command when a pickle of it is read."""

    def __reduce__(self):
        import os

        return os.system, ('false',)


def test_files_that_are_not_taken(tmp_path):
    path = str(tmp_path / 'w.pth')
    torch.save(whole('test_resnet').state_dict(), path)
    with pytest.raises(ValueError, match='do not fit test_vit: .*[Mm]issing') as error:
        build(weights=path).init_weights()
    assert '\n' not in str(error.value)
    reason = re.search('do not fit test_vit: (.*) [.]{3}; give', str(error.value))[1]
    whole_reason = ' '.join(str(error.value.__cause__).split())
    assert whole_reason.startswith(f'{reason} '), 'it ends with a word'
    torch.save(dict(state_dict={}, run=Command()), path)
    with pytest.raises(ValueError, match='holds Python objects .*it was not read'):
        build(weights=path).init_weights()
    with pytest.raises(FileNotFoundError, match="no such file; .*'pretrained'"):
        build(weights='nowhere.safetensors').init_weights()
    with pytest.raises(ValueError, match='timm has none of test_vit4'):
        build('test_vit4', weights='pretrained').init_weights()


def test_without_the_hub_the_remedy_is_told(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError('no network')

    monkeypatch.setattr('timm.models._hub.hf_hub_download', refuse)
    with pytest.raises(ConnectionError) as error:
        build('test_vit.r160_in1k', weights='pretrained').init_weights()
    text = str(error.value)
    assert 'cannot be reached: no network. Where there is a network' in text
    assert 'https://huggingface.co/timm/test_vit.r160_in1k/tree/main' in text
    assert 'model.backbone.weights=path/to/model.safetensors' in text
    assert 'model.backbone.backbone.weights in a PositionalDebias' in text


def test_gated_weights_are_told(monkeypatch):
    from huggingface_hub import errors

    def refuse(*args, **kwargs):
        raise GatedError('401 Client Error\n\nmany lines')

    class GatedError(errors.GatedRepoError):
        def __init__(self, text):
            Exception.__init__(self, text)

    monkeypatch.setattr('timm.models._hub.hf_hub_download', refuse)
    with pytest.raises(PermissionError, match='is gated: ask .*hf auth login') as error:
        build('test_vit.r160_in1k', weights='pretrained').init_weights()
    assert '\n' not in str(error.value)


def test_weights_of_the_hub(monkeypatch, tmp_path):
    network = whole()
    save_file(network.state_dict(), tmp_path / 'model.safetensors')
    monkeypatch.setattr(
        'timm.models._hub.hf_hub_download',
        lambda *a, **k: str(tmp_path / 'model.safetensors'),
    )
    backbone = build('test_vit.r160_in1k', weights='pretrained')
    backbone.init_weights()
    assert torch.equal(backbone.body.pos_embed, network.pos_embed)


# ---- what timm knows, and what it does not -----------------------------------------


def test_facts_of_the_weights():
    with torch.device('meta'):
        clip = build('resnet50_clip.openai')
        dino = build('vit_small_patch16_dinov3.lvd1689m')
    assert clip.pixel_mean == pytest.approx((122.7709, 116.7460, 104.0937), abs=1e-4)
    assert dino.pixel_mean == (123.675, 116.28, 103.53)
    assert dino.pixel_std == (58.395, 57.12, 57.375)
    assert (clip.weights_licence, dino.weights_licence) == ('mit', 'dinov3-license')


def test_images_are_normalised_as_the_weights_expect():
    backbone = dict(type='TimmBackbone', name='test_vit', weights=None)
    head = dict(type='PrototypeHead', in_channels=(64,), in_index=(0,))
    model = build_segmentor(backbone=backbone, decode_head=head)
    assert model.backbone.pixel_mean == (127.5, 127.5, 127.5)
    white = torch.full((1, 3, 4, 4), 255, dtype=torch.uint8)
    assert torch.equal(model.data_preprocessor.normalize(white), torch.ones(1, 3, 4, 4))


@pytest.mark.parametrize(
    'name, options, message',
    [
        ('vit_small_patch14_dinov', {}, "did you mean 'vit_small_patch14_dinov2'"),
        ('resnet50.tv3_in1k', {}, "did you mean 'resnet50.tv_in1k' or 'resn"),
        ('/', {}, r'no network of timm .*timm\.list_pretrained\(\) lists them'),
        ('test_vit', dict(out_indices=(6,)), 'has 6 levels, expected some of 0 to 5'),
        ('test_vit', dict(out_indices=()), 'has 6 levels'),
        ('test_vit', dict(output_stride=8), 'output_stride=8: timm cannot change'),
        ('test_resnet', dict(output_stride=7), 'output_stride=7: timm cannot change'),
    ],
)
def test_bad_arguments(name, options, message):
    with pytest.raises(ValueError, match=message):
        build(name, **options)


def test_without_timm_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, 'timm', None)
    with pytest.raises(ImportError, match=r"pip install 'fss_mm\[encoders\]'"):
        build()


def test_timm_is_imported_where_it_is_used():
    """Not with fss_mm, which has to work without it."""
    for path in (ROOT / 'fss_mm').rglob('*.py'):
        for node in ast.parse(path.read_text()).body:
            names = [alias.name for alias in getattr(node, 'names', ())]
            assert 'timm' not in {getattr(node, 'module', None), *names}, path
