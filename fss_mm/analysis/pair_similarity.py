"""How alike support and query are: the cosine of their masked mean features.

Shape letters: C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader

from ..models import FewShotSegmentor
from ..models.layers import downsample_label, masked_average_pool
from ..structures import Episode
from .streams import encoded_images

Pair = tuple[int, int]  # image, class id


def episode_similarities(
    model: FewShotSegmentor, loader: DataLoader, episodes: Sequence[Episode]
) -> dict[tuple[int, int], float]:
    """Similarity of each episode's supports to its query, by (seed, number).

    The mask of the query is used, so this is nothing that a model knows. Features are
    the backbone's, of the last level that the head reads; every image is encoded once,
    as a query is, whatever its role.

    Args:
        model (FewShotSegmentor): In eval mode, on its device.
        loader (DataLoader): Of a test, whose data set the episodes are of.
        episodes (Sequence[Episode]): Any.

    Raises:
        OSError, ValueError: If an image cannot be loaded, or has no mask.
    """
    pairs = {(i, e.class_id) for e in episodes for i in (e.query, *e.supports)}
    level = model.decode_head.in_index[-1]
    vectors: dict[Pair, Tensor] = {}
    for pair, loaded, features in encoded_images(model, loader, sorted(pairs)):
        vectors[pair] = class_vector(features.levels[level], loaded.mask)
    return {(e.seed, e.number): similarity(e, vectors) for e in episodes}


def class_vector(features: Tensor, mask: Tensor) -> Tensor:
    """Mean feature under a mask, as a prototype is made.

    Args:
        features (Tensor): (1, C, h, w).
        mask (Tensor): Of any size: 0, 1 or 255.

    Returns:
        Tensor: (C,), on the CPU, at least in single precision.
    """
    mask = mask[None].to(features.device)
    weights = downsample_label(mask, 1, features.shape[-2:])
    return masked_average_pool(features, weights)[0, :, 0, 0].cpu()


def similarity(episode: Episode, vectors: Mapping[Pair, Tensor]) -> float:
    """Cosine of the query's vector and the mean of the supports'."""
    query, *supports = (
        vectors[image, episode.class_id] for image in (episode.query, *episode.supports)
    )
    prototype = torch.stack(supports).mean(0)
    return F.cosine_similarity(query, prototype, dim=0).item()
