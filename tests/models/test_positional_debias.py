"""A backbone's features without what they say of the place."""

import copy
import pickle
from contextlib import nullcontext

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from fss_mm.models import (
    FeatureBank,
    FewShotDataPreProcessor,
    PositionalDebias,
    encoder_licences,
)
from fss_mm.registry import MODELS
from tests.models.builders import batch, build_segmentor, run


@MODELS.register_module()
class PlacedPixels(torch.nn.Module):
    """Colours through a 1 x 1 convolution, plus a pattern of places."""

    def __init__(self, channels=8):
        super().__init__()
        torch.manual_seed(0)
        self.colors = torch.nn.Conv2d(3, channels, 1)
        self.places = torch.nn.Parameter(2 * torch.randn(channels, 3))
        self.seen = []

    def forward(self, images):
        """Two levels: the colours alone, and with places."""
        self.seen.append(images)
        rows, columns = images.shape[-2:]
        x = self.colors(images)
        y = torch.linspace(-1, 1, rows, device=x.device).view(-1, 1)
        z = torch.linspace(-1, 1, columns, device=x.device).view(1, -1)
        waves = torch.stack([(3 * y).sin() + 0 * z, 0 * y + z, y * z])
        waves = waves.to(self.places.dtype).flatten(1)
        return x, x + (self.places @ waves).unflatten(1, (rows, columns))


def build(**kwargs):
    own = dict(backbone=dict(type='PlacedPixels')) | kwargs
    model = PositionalDebias(**own)
    model.use_preprocessor(FewShotDataPreProcessor())
    return model


def images(n=2, size=(9, 7), seed=0):
    return torch.randn(n, 3, *size, generator=torch.Generator().manual_seed(seed))


def test_levels_are_the_backbones_and_one_more():
    model = build()
    levels = model(images())
    plain = model.backbone(images())
    assert len(levels) == 3
    assert all(torch.equal(a, b) for a, b in zip(levels, plain))
    assert levels[2].shape == plain[1].shape
    assert torch.allclose(levels[2].norm(dim=1), torch.ones(2, 9, 7))


@pytest.mark.parametrize('level', [-1, 0, 1])
def test_directions_are_those_of_numpy(level):
    """The left singular vectors of a black image's centred cells, in float64."""
    model = build(level=level, fraction=0.3).double()
    plain = model.backbone
    with torch.no_grad():
        black = -torch.tensor([123.675, 116.28, 103.53]) / torch.tensor(
            [58.395, 57.12, 57.375]
        )
        black = plain(black.double().view(1, 3, 1, 1).expand(1, 3, 9, 7))[level]
        shown = plain(images().double())[level]
    cells = F.normalize(black[0].flatten(1), dim=0).numpy()
    vectors, values, _ = np.linalg.svd(cells - cells.mean(1, keepdims=True))
    count = min(round(0.3 * 8), int((values > 1e-5 * np.sqrt(63)).sum()))
    assert count == (0 if level == 0 else 2)
    kept = np.eye(8) - vectors[:, :count] @ vectors[:, :count].T
    expected = np.einsum('cd,bdhw->bchw', kept, F.normalize(shown, dim=1).numpy())
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert np.abs(model(images().double())[2].numpy() - expected).max() < 1e-6


def test_what_is_left_does_not_know_its_place():
    """Half an image once more in the other half looks the same there."""
    half = images(1, (8, 6))
    image = torch.cat([half, half], dim=2)
    model = build(backbone=dict(type='PlacedPixels', channels=16), fraction=0.4)
    _, plain, other = model(image)
    gaps = []
    for x in (F.normalize(plain, dim=1), other):
        gaps.append((x[..., :8, :] - x[..., 8:, :]).norm(dim=1).mean())
    assert gaps[1] < 0.2 * gaps[0]


@pytest.mark.parametrize(
    ('channels', 'fraction', 'size', 'count'),
    [
        (384, 0.49, (9, 7), 4),  # no more than the places vary in
        (8, 0.25, (9, 7), 2),
        (8, 0.0, (9, 7), 0),
        (8, 0.49, (1, 1), 0),  # a single cell has no other place
        (3, 0.99, (9, 7), 2),  # never all
    ],
)
def test_number_of_directions(channels, fraction, size, count):
    model = build(
        backbone=dict(type='PlacedPixels', channels=channels), fraction=fraction
    )
    basis = model.basis(images(size=size))
    assert basis.shape == (channels, count)
    assert torch.allclose(basis.T @ basis, torch.eye(count), atol=1e-5)


def test_black_is_what_the_segmentor_makes_of_it():
    preprocessor = dict(
        type='FewShotDataPreProcessor', mean=(10.0, 20.0, 30.0), std=(2.0, 4.0, 5.0)
    )
    model = build_segmentor(
        backbone=dict(type='PositionalDebias', backbone=dict(type='PlacedPixels')),
        decode_head=dict(type='PrototypeHead', in_channels=(8,), in_index=(2,)),
        data_preprocessor=preprocessor,
    )
    run(model.eval(), batch(size=9), 'predict')
    seen = model.backbone.backbone.seen[-1]
    assert seen.shape == (1, 3, 9, 9)
    assert seen[0, :, 4, 4].tolist() == [-5.0, -5.0, -6.0]


def test_directions_are_found_once_for_each_size():
    model = build()
    for size, passes in (((9, 7), 2), ((9, 7), 3), ((7, 9), 5), ((9, 7), 6)):
        model(images(size=size))
        assert len(model.backbone.seen) == passes
    for side in range(2, 14):
        model.basis(images(size=(side, side)))
    assert len(model._bases) == 8


def test_directions_are_those_of_the_weights():
    """Weights that are loaded later, and copies."""
    model = build()
    before = model(images())[2]
    names = {
        'backbone.colors.weight', 'backbone.colors.bias', 'backbone.places'
    }  # fmt: skip
    assert set(model.state_dict()) == names
    state = model.state_dict()
    state['backbone.places'] = state['backbone.places'].roll(1, 0)
    model.load_state_dict(state)
    after = model(images())[2]
    assert (after - before).abs().max() > 0.1
    fresh = build()
    fresh.load_state_dict(state)
    assert torch.equal(fresh(images())[2], after)
    for copied in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(copied(images())[2], after)


def test_weights_that_torch_does_not_see_written():
    """As EMAHook writes them, in training and in inference mode."""
    for made_in in (nullcontext, torch.inference_mode):
        with made_in():
            model = build()
        model(images())
        for name, value in model.state_dict(keep_vars=True).items():
            value.data.copy_(torch.arange(value.numel()).view_as(value) % 7 + len(name))
        fresh = build()
        fresh.load_state_dict(model.state_dict())
        assert torch.equal(model(images())[2], fresh(images())[2])


def test_images_of_a_batch_do_not_mix():
    model = build()
    together = model(images(3))[2]
    for i in range(3):
        alone = model(images(3)[i : i + 1])[2]
        assert torch.allclose(alone[0], together[i], atol=1e-6)


def test_half_precision():
    """The directions are the same; the level has the dtype of the others."""
    model = build()
    exact = model(images())[2]
    with torch.autocast('cpu', dtype=torch.bfloat16):
        levels = build()(images())
    assert {x.dtype for x in levels[1:]} == {levels[1].dtype}
    assert (levels[2].float() - exact).abs().max() < 0.05
    half = build().to(torch.bfloat16)
    levels = half(images().bfloat16())
    assert levels[2].dtype == torch.bfloat16 and levels[2].isfinite().all()


def test_it_is_frozen_and_stays_in_eval_mode():
    norm = dict(type='TorchvisionBackbone', name='resnet18', out_nodes=('layer1',))
    model = build(backbone=norm | dict(weights=None, frozen=False, norm_eval=False))
    for mode in (True, False):
        model.train(mode)
        assert not any(m.training for m in model.modules())
    assert not any(p.requires_grad for p in model.parameters())
    FeatureBank.require_frozen(model)
    assert model(images(size=(33, 33)))[1].shape == (2, 64, 9, 9)


def test_a_bank_tells_debiased_features_apart():
    """Of other shares, and of other blacks."""
    bank, keys = FeatureBank(), ['a', 'b']
    found = [
        bank(build(fraction=fraction), images(), keys)[2] for fraction in (0.1, 0.4)
    ]
    assert (found[0] - found[1]).abs().max() > 0.1
    assert torch.equal(bank(build(fraction=0.1), images(), keys)[2], found[0])
    other = build(fraction=0.1)
    other.use_preprocessor(FewShotDataPreProcessor(mean=(0.0, 200.0, 0.0)))
    assert not torch.equal(bank(other, images(), keys)[2], found[0])


def test_inference_mode_leaves_nothing_that_training_cannot_use():
    model = build()
    with torch.inference_mode():
        model(images())
    weight = torch.ones(1, requires_grad=True)
    (model(images())[2] * weight).sum().backward()
    assert weight.grad is not None


def test_a_model_made_in_inference_mode():
    with torch.inference_mode():
        found = build()(images())[2]
    assert torch.equal(found, build()(images())[2])


def test_directions_may_be_dropped_by_another_thread(monkeypatch):
    """At once, also: those in use are not looked up again."""
    model = build()

    class Dropping(dict):
        def __setitem__(self, key, value):
            super().__setitem__(key, value)
            self.clear()

    monkeypatch.setattr(model, '_bases', Dropping())
    assert torch.equal(model(images())[2], build()(images())[2])


def test_eight_sizes_are_kept():
    model = build()
    for rows in range(3, 13):
        model(images(size=(rows, 7)))
    assert [size[0] for size, *_ in model._bases] == list(range(5, 13))


def test_nothing_lies_on_a_default_device():
    model = build()
    with torch.device('meta'):
        found = model(images_on_the_cpu())
    assert torch.equal(found[2], build()(images_on_the_cpu())[2])


def images_on_the_cpu():
    generator = torch.Generator('cpu').manual_seed(0)
    return torch.randn(2, 3, 9, 7, generator=generator, device='cpu')


@pytest.mark.parametrize('fraction', [-0.1, 1.0, 500])
def test_shares_out_of_range(fraction):
    with pytest.raises(ValueError, match=f'fraction={fraction}, expected a share'):
        build(fraction=fraction)


@pytest.mark.parametrize('level', [2, -3])
def test_levels_that_are_not_there(level):
    with pytest.raises(ValueError, match=f'level={level}, but the backbone gives 2'):
        build(level=level)(images())


def test_black_has_to_be_known():
    model = PositionalDebias(dict(type='PlacedPixels'))
    with pytest.raises(ValueError, match='call use_preprocessor'):
        model(images())
    with pytest.raises(ValueError, match='Identity has no normalize'):
        model.use_preprocessor(torch.nn.Identity())


def test_weights_that_are_no_numbers():
    model = build()
    with torch.no_grad():
        model.backbone.places.fill_(torch.nan)
    with pytest.raises(ValueError, match='a black image are no numbers'):
        model(images())


def test_what_the_backbone_says_of_its_weights_is_heard():
    """Their mean and deviation, and a licence that restricts them."""

    @MODELS.register_module(force=True)
    class LicensedPixels(PlacedPixels):
        name, weights_licence = 'pixels', 'dinov3-license'
        pixel_mean, pixel_std = (10.0, 20.0, 30.0), (1.0, 2.0, 3.0)

    model = build_segmentor(
        backbone=dict(type='PositionalDebias', backbone=dict(type='LicensedPixels')),
        decode_head=dict(type='PrototypeHead', in_channels=(8,), in_index=(2,)),
    )
    assert encoder_licences(model) == dict(pixels='dinov3-license')
    assert model.data_preprocessor.mean.flatten().tolist() == [10.0, 20.0, 30.0]
    assert model.backbone.black.flatten().tolist() == [-10.0, -10.0, -10.0]
