"""A mask whose edges are those of its image: the guided filter.

K. He, J. Sun, X. Tang, "Guided Image Filtering", ECCV 2010, with a guide of three
channels (their equations 14 to 16); coefficients at a smaller size are K. He, J. Sun,
"Fast Guided Filter", 2015. Shape letters: C classes, H W size of the prediction.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...registry import MODELS
from .mask_refiner import MaskRefiner


@MODELS.register_module()
class GuidedFilterRefiner(MaskRefiner):
    """In each window the mask is a linear function of the image's colours.

    Where the image is flat the mask is smoothed; where the image has an edge the mask
    gets it. Nothing is trained or drawn.

    Args:
        radius (float): Half the side of a window, as a share of the longer side of the
            image; a pixel at least. Defaults to 0.04.
        eps (float): Variance of the image, in values from 0 to 1, below which a window
            counts as flat, 1e-6 at least. Defaults to 1e-3.
        working_side (int): Longer side at which the linear functions are found; those
            of larger images are found at this size and applied to all pixels. Defaults
            to 640.

    Raises:
        ValueError: If a number is out of range.

    Examples:
        >>> model = dict(refiner=dict(type='GuidedFilterRefiner', radius=0.02))
    """

    def __init__(
        self, radius: float = 0.04, eps: float = 1e-3, working_side: int = 640
    ) -> None:
        if not (0 < radius <= 1 and eps >= 1e-6 and working_side >= 1):
            raise ValueError(
                f'radius={radius}, eps={eps} and working_side={working_side}, expected '
                'a share of the longer side (above 0, at most 1), a number from 1e-6 '
                'on, and a number of pixels'
            )
        self.radius, self.eps, self.working_side = radius, eps, working_side

    def refine(self, probabilities: Tensor, image: Tensor) -> Tensor:
        """As in :class:`MaskRefiner`."""
        guide = image / 255
        small = working_size(tuple(guide.shape[-2:]), self.working_side)
        radius = max(round(self.radius * max(small)), 1)
        slopes, offsets = guided_coefficients(
            _resized(guide[None], small)[0].double(),  # grey images: nearly singular
            _resized(probabilities[None], small)[0].double(),
            radius,
            self.eps,
        )
        slopes, offsets = slopes.float(), offsets.float()
        size = tuple(guide.shape[-2:])
        refined = [  # one by one: those of a large image are large
            (_resized(slope[None], size)[0] * guide).sum(0)
            + _resized(offset[None, None], size)[0, 0]
            for slope, offset in zip(slopes, offsets)
        ]
        return torch.stack(refined)


def guided_coefficients(
    guide: Tensor, masks: Tensor, radius: int, eps: float
) -> tuple[Tensor, Tensor]:
    """Linear functions of the guide that give the masks, averaged over windows.

    Args:
        guide (Tensor): (3, H, W), float64, from 0 to 1.
        masks (Tensor): (C, H, W), float64.
        radius (int): Windows are 2 radius + 1 pixels wide, and cut off at the border.
        eps (float): As in :class:`GuidedFilterRefiner`.

    Returns:
        tuple[Tensor, Tensor]: Slopes (C, 3, H, W) and offsets (C, H, W).
    """
    mean_guide, mean_masks = box_mean(guide, radius), box_mean(masks, radius)
    products = box_mean((guide[:, None] * guide).flatten(0, 1), radius)
    spread = products.unflatten(0, (3, 3)) - mean_guide[:, None] * mean_guide
    rows = spread + eps * torch.eye(3).to(guide)[..., None, None]
    joint = box_mean((masks[:, None] * guide).flatten(0, 1), radius)
    joint = joint.unflatten(0, (-1, 3)) - mean_masks[:, None] * mean_guide
    slopes = solve_symmetric(rows, joint)
    offsets = mean_masks - (slopes * mean_guide).sum(1)
    mean_slopes = box_mean(slopes.flatten(0, 1), radius).unflatten(0, (-1, 3))
    return mean_slopes, box_mean(offsets, radius)


def solve_symmetric(rows: Tensor, right: Tensor) -> Tensor:
    """Solve a symmetric system of three equations at each pixel, by Cramer's rule.

    Args:
        rows (Tensor): (3, 3, H, W).
        right (Tensor): (C, 3, H, W).

    Returns:
        Tensor: (C, 3, H, W).
    """
    a, b, c = rows
    inverse = torch.stack([_cross(b, c), _cross(c, a), _cross(a, b)])
    determinant = (a * inverse[0]).sum(0)
    return torch.einsum('krhw,ckhw->crhw', inverse, right) / determinant


def box_mean(planes: Tensor, radius: int) -> Tensor:
    """Means of (N, H, W) over the parts of windows that lie in the image.

    OpenCV's sums take as long for any radius; a GPU has its pooling.
    """
    means = _means_by_opencv if planes.device.type == 'cpu' else _means_by_pooling
    return means(planes, radius)


def _means_by_opencv(planes: Tensor, radius: int) -> Tensor:
    def sums(plane: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(
            plane, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT
        )

    side, arrays = 2 * radius + 1, planes.numpy()
    pixels = sums(np.ones(arrays.shape[1:], arrays.dtype))
    return torch.from_numpy(np.stack([sums(plane) / pixels for plane in arrays]))


def _means_by_pooling(planes: Tensor, radius: int) -> Tensor:
    side = 2 * radius + 1
    for kernel, padding in (((side, 1), (radius, 0)), ((1, side), (0, radius))):
        planes = F.avg_pool2d(planes, kernel, 1, padding, count_include_pad=False)
    return planes


def working_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Height and width whose longer one is at most ``side``, of the same shape."""
    factor = min(side / max(size), 1)
    return max(round(size[0] * factor), 1), max(round(size[1] * factor), 1)


def _cross(a: Tensor, b: Tensor) -> Tensor:
    return torch.linalg.cross(a, b, dim=0)


def _resized(planes: Tensor, size: tuple[int, int]) -> Tensor:
    if planes.shape[-2:] == size:
        return planes
    smaller = size[0] < planes.shape[-2]
    return F.interpolate(planes, size, mode='bilinear', antialias=smaller)
