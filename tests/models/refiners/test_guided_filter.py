"""The guided filter: means, edges, and its definition computed once more."""

import numpy as np
import pytest
import torch

from fss_mm.models import GuidedFilterRefiner
from fss_mm.models.refiners.guided_filter import (
    _means_by_opencv,
    _means_by_pooling,
    guided_coefficients,
    working_size,
)


def test_where_the_image_is_flat_a_mask_becomes_the_mean_of_means():
    """A row 1 0 0 0 0 and windows of three pixels, cut off at the border.

    Means: 1/2 1/3 0 0 0; the filter averages the linear functions of all windows that
    a pixel is in, here constants, once more: 5/12 5/18 1/9 0 0.
    """
    mask = torch.tensor([[[1.0, 0, 0, 0, 0]]])
    flat = torch.full((3, 1, 5), 77, dtype=torch.uint8)
    found = GuidedFilterRefiner(radius=0.2)(mask, flat)  # of five pixels: one
    expected = torch.tensor([[[5 / 12, 5 / 18, 1 / 9, 0, 0]]])
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize('means', [_means_by_opencv, _means_by_pooling])
def test_means_are_over_the_part_of_a_window_in_the_image(means):
    planes = torch.arange(6.0).view(1, 2, 3)  # 0 1 2, 3 4 5
    expected = torch.tensor([[[2.0, 2.5, 3.0], [2.0, 2.5, 3.0]]])
    torch.testing.assert_close(means(planes, 1), expected)


def test_both_ways_to_means_agree():
    planes = torch.rand(4, 23, 31, dtype=torch.float64)
    pair = (means(planes, 5) for means in (_means_by_opencv, _means_by_pooling))
    torch.testing.assert_close(*pair)


def by_definition(guide, mask, radius, eps):
    """The filter of its paper, window by window, in float64."""
    height, width = mask.shape

    def window(y, x):
        return np.s_[max(y - radius, 0) : y + radius + 1,
                     max(x - radius, 0) : x + radius + 1]  # fmt: skip

    functions = np.zeros((height, width, 4))
    for y in range(height):
        for x in range(width):
            colours = guide[window(y, x)].reshape(-1, 3)
            values = mask[window(y, x)].ravel()
            centred = colours - colours.mean(0)
            spread = centred.T @ centred / len(colours) + eps * np.eye(3)
            joint = centred.T @ (values - values.mean()) / len(colours)
            slope = np.linalg.solve(spread, joint)
            functions[y, x] = *slope, values.mean() - slope @ colours.mean(0)
    found = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            mean = functions[window(y, x)].reshape(-1, 4).mean(0)
            found[y, x] = mean[:3] @ guide[y, x] + mean[3]
    return found.clip(0, 1)


def test_it_is_the_filter_of_its_paper():
    generator = np.random.default_rng(0)
    image = generator.integers(0, 256, (9, 12, 3))
    masks = generator.random((2, 9, 12))
    found = GuidedFilterRefiner(radius=2 / 12, eps=1e-2)(
        torch.tensor(masks), torch.tensor(image.transpose(2, 0, 1), dtype=torch.uint8)
    )
    expected = [by_definition(image / 255, mask, 2, 1e-2) for mask in masks]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def disc(size=96, radius=30):
    """An image of a disc on noise, and its mask."""
    y, x = np.mgrid[:size, :size] - size / 2
    mask = y**2 + x**2 < radius**2
    noise = np.random.default_rng(0).normal(0, 12, (3, size, size))
    image = np.where(mask, 190, 80) + noise
    return torch.tensor(image.clip(0, 255), dtype=torch.uint8), torch.tensor(mask)


def coarse_and_iou(mask, step=8):
    """A mask as a network of stride ``step`` leaves it, and IoU with the true one."""
    small = torch.nn.functional.avg_pool2d(mask[None].float(), step)
    small = (small > 0.6).float()
    size = tuple(mask.shape)
    coarse = torch.nn.functional.interpolate(small[None], size, mode='bilinear')[0]

    def iou(probabilities):
        found = probabilities[0] > 0.5
        return float((found & mask).sum() / (found | mask).sum())

    return coarse, iou


@pytest.mark.parametrize('working_side', [640, 48])
def test_a_mask_gets_the_edges_of_its_image(working_side):
    """Also where linear functions are found at half the size."""
    image, mask = disc()
    coarse, iou = coarse_and_iou(mask)
    refined = GuidedFilterRefiner(0.08, 1e-3, working_side)(coarse, image)
    assert iou(coarse) < 0.92 and iou(refined) > 0.96


def test_classes_are_refined_each_by_itself_and_alike_every_time():
    image, mask = disc(40, 12)
    coarse, _ = coarse_and_iou(mask)
    pair, refiner = torch.cat([coarse, 1 - coarse]), GuidedFilterRefiner()
    both = refiner(pair, image)
    assert torch.equal(both, refiner(pair, image))
    for own, found in zip(pair, both):
        torch.testing.assert_close(refiner(own[None], image)[0], found)


def test_a_mask_of_one_value_stays():
    image = torch.randint(0, 256, (3, 20, 31), dtype=torch.uint8)
    for value in (0.0, 0.3, 1.0):
        same = torch.full((1, 20, 31), value)
        torch.testing.assert_close(GuidedFilterRefiner()(same, image), same)


@pytest.mark.parametrize('eps', [1e-2, 1e-6])
def test_grey_images(eps):
    """Three equal channels share the slope of one: var / (3 var + eps) each."""
    mask = (torch.rand(1, 8, 8) > 0.5).double()
    slopes, offsets = guided_coefficients(mask.expand(3, 8, 8), mask, 8, eps)
    share = float(mask.var(correction=0) / (3 * mask.var(correction=0) + eps))
    torch.testing.assert_close(
        slopes, torch.full_like(slopes, share), atol=1e-5, rtol=0
    )
    own = float(mask.mean()) * (1 - 3 * share)
    torch.testing.assert_close(
        offsets, torch.full_like(offsets, own), atol=1e-5, rtol=0
    )


def test_working_sizes():
    assert working_size((300, 400), 640) == (300, 400)
    assert working_size((3000, 4000), 640) == (480, 640)
    assert working_size((1, 4000), 640) == (1, 640)


@pytest.mark.parametrize(
    'wrong', [dict(radius=0), dict(radius=2), dict(eps=1e-7), dict(working_side=0)]
)
def test_numbers_out_of_range(wrong):
    with pytest.raises(ValueError, match=f'{next(iter(wrong))}=.*, expected a share'):
        GuidedFilterRefiner(**wrong)
