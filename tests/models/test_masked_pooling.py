"""Equations 1, 2 and 4 against a plain computation in float64."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fss_mm.models.layers import (
    attention_maps,
    class_prototype,
    cosine_map,
    downsample_label,
    masked_average_pool,
)


def test_masked_average_pool_by_hand():
    feat = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]], dtype=torch.float64)
    weights = torch.tensor([[[[1.0, 0.0], [0.0, 0.5]]]])
    pooled = masked_average_pool(feat, weights, eps=0.0)
    assert pooled.item() == pytest.approx((1 + 4 * 0.5) / 1.5, abs=1e-12)
    plain = masked_average_pool(feat, weights, normalize=False)
    assert plain.item() == pytest.approx((1 + 4 * 0.5) / 4, abs=1e-12)
    assert masked_average_pool(feat, torch.zeros(1, 1, 2, 2)).item() == 0


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_is_summed_in_single(dtype):
    """4,096 cells of 20 are 81,920, beyond float16 and far beyond bfloat16's steps."""
    feat = torch.full((1, 1, 64, 64), 20.0, dtype=dtype)
    pooled = masked_average_pool(feat, torch.ones(1, 1, 64, 64, dtype=dtype))
    assert pooled.dtype == torch.float32
    assert pooled.item() == pytest.approx(20, rel=1e-6)


def test_prototypes_and_maps_agree_with_numpy():
    random = np.random.default_rng(0)
    feat = random.random((2, 3, 5, 6, 7))  # N K C h w
    masks = random.integers(0, 2, (2, 3, 6, 7))
    query = random.random((2, 5, 6, 7))
    z, torch_z = {}, {}
    for label in (0, 1):
        weights = (masks == label)[:, :, None]
        shots = (feat * weights).sum((3, 4)) / (weights.sum((3, 4)) + 5e-4)
        ours = class_prototype(torch.tensor(feat), torch.tensor(masks), label)
        assert np.abs(ours.numpy()[..., 0, 0] - shots).max() < 1e-10
        z[label] = shots.mean(1)
        torch_z[label] = ours.mean(1)

    def closeness(vector):
        dot = np.einsum('nchw,nc->nhw', query, vector)
        norms = (
            np.linalg.norm(query, axis=1)
            * np.linalg.norm(vector, axis=1)[:, None, None]
        )
        return (1 + dot / norms) / 2

    fg, bg = closeness(z[1]), closeness(z[0])
    maps = attention_maps(torch.tensor(query), torch_z[1], torch_z[0])
    assert np.abs(maps[0].numpy()[:, 0] - fg / (fg + bg)).max() < 1e-10
    assert np.abs(maps[1].numpy()[:, 0] - bg / (fg + bg)).max() < 1e-10


@given(seed=st.integers(0, 2**31), relu=st.booleans())
def test_attention_maps_add_up_to_one(seed, relu):
    generator = torch.Generator().manual_seed(seed)
    feat, fg, bg = (
        torch.randn(2, 4, *size, generator=generator, dtype=torch.float64)
        for size in ((3, 5), (1, 1), (1, 1))
    )
    if relu:
        feat, fg, bg = feat.relu(), fg.relu(), bg.relu()
    a, b = attention_maps(feat, fg, bg)
    assert (a + b - 1).abs().max() < 1e-12
    if relu:
        assert a.min() > 1 / 3 - 1e-9 and a.max() < 2 / 3 + 1e-9


def test_opposite_vectors_give_no_nan():
    feat = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1)
    for map_ in attention_maps(feat, -feat, -feat):
        assert torch.isfinite(map_).all()
    assert cosine_map(feat, torch.zeros_like(feat)).item() == 0


def test_each_shot_counts_alike():
    """Equation 4 is a mean over shots, not over their pixels: each has its own."""
    feat = torch.tensor([2.0, 6.0]).view(1, 2, 1, 1, 1).expand(1, 2, 1, 4, 4)
    masks = torch.zeros(1, 2, 4, 4)
    masks[0, 0], masks[0, 1, 0, 0] = 1, 1
    z = class_prototype(feat.double(), masks, 1)
    assert z.shape == (1, 2, 1, 1, 1)
    expected = [2 * 16 / (16 + 5e-4), 6 * 1 / (1 + 5e-4)]
    assert z.flatten().tolist() == pytest.approx(expected, abs=1e-12)


def test_ignored_pixels_enter_neither_prototype():
    feat = torch.tensor([[1.0, 10.0, 100.0]]).view(1, 1, 1, 1, 3)
    masks = torch.tensor([[[[1, 0, 255]]]])
    assert class_prototype(feat, masks, 1).item() == pytest.approx(1, rel=1e-3)
    assert class_prototype(feat, masks, 0).item() == pytest.approx(10, rel=1e-3)


def test_downsampling_keeps_what_bilinear_sampling_shows():
    mask = torch.zeros(1, 5, 5, dtype=torch.uint8)
    mask[0, :, :3] = 1
    weights = downsample_label(mask, 1, (3, 3))  # samples at 0, 2 and 4
    assert weights[0, 0].tolist() == [[1, 1, 0]] * 3


@given(st.integers(0, 32), st.integers(0, 40))
def test_a_single_pixel_is_never_lost(row, column):
    mask = torch.zeros(2, 33, 41, dtype=torch.uint8)
    mask[1, row, column] = 1
    weights = downsample_label(mask, 1, (5, 6))
    assert weights[0].sum() == 0, 'an absent label stays absent'
    assert weights[1].sum() > 0
    if weights[1].max() == 1 and (weights[1] > 0).sum() == 1:
        cell = weights[1, 0].nonzero()[0].tolist()
        assert abs(cell[0] * 8 - row) <= 4 and abs(cell[1] * 8 - column) <= 4


def test_ways_of_resampling():
    mask = torch.zeros(1, 4, 4, dtype=torch.uint8)
    mask[0, :2, :3] = 1
    area = downsample_label(mask, 1, (2, 2), mode='area')
    assert area[0, 0].tolist() == [[1, 0.5], [0, 0]]
    nearest = downsample_label(mask, 1, (2, 2), mode='nearest')  # pixels 0 and 2
    assert nearest[0, 0].tolist() == [[1, 1], [0, 0]]
    mask = torch.zeros(1, 9, 9, dtype=torch.uint8)
    mask[0, 2, 2] = 1
    assert downsample_label(mask, 1, (3, 3), keep_small=False).sum() == 0
    with pytest.raises(ValueError, match="mode='cubic', expected 'bilinear'"):
        downsample_label(mask, 1, (3, 3), mode='cubic')


def test_nearest_cell_without_aligned_corners():
    mask = torch.zeros(1, 64, 64, dtype=torch.uint8)
    mask[0, 1, 7] = 1  # cells are 8 pixels wide, from 0
    weights = downsample_label(mask, 1, (8, 8), align_corners=False)
    assert weights[0, 0].nonzero().tolist() == [[0, 0]]


def test_tiny_object_has_a_finite_prototype():
    feat = torch.rand(1, 1, 3, 5, 6)
    masks = torch.zeros(1, 1, 33, 41, dtype=torch.uint8)
    masks[0, 0, 3, 3] = 1
    z = class_prototype(feat, masks, 1)
    assert torch.allclose(z[0, 0, :, 0, 0], feat[0, 0, :, 0, 0], rtol=1e-3)
