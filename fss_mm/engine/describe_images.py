"""From loaded images to what a segmentor keeps of them, at each of its test scales.

The loops of a test and predictions on a user's own images both go this way, so that
they give the same masks.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ..datasets import support_mask
from ..models import FewShotSegmentor
from ..structures import QUERY, LoadedImage, TensorRecord

Scales = tuple[TensorRecord, ...]  # a value for each test scale


def describe_images(
    model: FewShotSegmentor, role: str, images: Sequence[LoadedImage]
) -> Scales:
    """Encode images in one pass of a scale, and keep what does not depend on episodes.

    Args:
        model (FewShotSegmentor): In eval mode, on its device.
        role (str): 'query' or 'support'.
        images (Sequence[LoadedImage]): N of one size; supports with masks of one size.

    Returns:
        tuple[TensorRecord]: Of each test scale, what ``describe_queries`` gives of the
        N queries, (N, ...), or ``describe_supports`` of N sets of one support,
        (N, 1, ...).
    """
    preprocessor = model.data_preprocessor
    pixels = torch.stack([image.image for image in images])
    pixels = preprocessor.normalize(pixels.to(preprocessor.device))
    if role == QUERY:
        inputs = dict(query=pixels)
    else:
        masks = torch.stack([support_mask(image) for image in images])
        masks = masks[:, None].to(pixels.device)
        inputs = dict(support=pixels[:, None], support_mask=masks)
    return tuple(_describe(model, role, inputs, scale) for scale in model.test_scales)


def _describe(
    model: FewShotSegmentor, role: str, inputs: dict[str, torch.Tensor], scale: float
) -> TensorRecord:
    query, supports = model.encode_at(scale, inputs)
    if role == QUERY:
        return model.describe_queries(query)
    return model.describe_supports(supports)
