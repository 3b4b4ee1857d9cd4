"""From loaded images to what a segmentor keeps of them, at each of its test scales.

The loops of a test and predictions on a user's own images both go this way, so that
they give the same masks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from ..datasets import support_masks
from ..models import FewShotSegmentor
from ..structures import QUERY, LoadedImage, TensorRecord

Scales = tuple[TensorRecord, ...]  # a value for each test scale
Encode = Callable[[FewShotSegmentor, str, Sequence[LoadedImage]], Scales]
"""What :func:`encode_images` is, or what keeps its results."""


def encode_images(
    model: FewShotSegmentor, role: str, images: Sequence[LoadedImage]
) -> Scales:
    """Encode images, in one pass for each scale.

    Args:
        model (FewShotSegmentor): In eval mode, on its device.
        role (str): 'query' or 'support'.
        images (Sequence[LoadedImage]): N of one size; supports with masks of one size.

    Returns:
        tuple[TensorRecord]: Of each test scale the QueryFeatures (N, ...), or the
        SupportFeatures of N sets of one support, (N, 1, ...).
    """
    preprocessor = model.data_preprocessor
    pixels = torch.stack([image.image for image in images])
    pixels = preprocessor.normalize(pixels.to(preprocessor.device))
    if role == QUERY:
        inputs = dict(query=pixels)
    else:
        inputs = dict(support=pixels[:, None])
        for name, masks in support_masks(images).items():
            inputs[name] = masks[:, None].to(pixels.device)
    place = 0 if role == QUERY else 1
    return tuple(model.encode_at(scale, inputs)[place] for scale in model.test_scales)


def describe_images(
    model: FewShotSegmentor, role: str, images: Sequence[LoadedImage]
) -> Scales:
    """The same, and what of it does not depend on episodes.

    Returns:
        tuple[TensorRecord]: Of each test scale, what ``describe_queries`` gives of the
        queries or ``describe_supports`` of the supports.
    """
    describe = model.describe_queries if role == QUERY else model.describe_supports
    return tuple(describe(found) for found in encode_images(model, role, images))
