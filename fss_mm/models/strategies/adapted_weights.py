"""Classes that bring their own weights of the head, and segmenting with them.

Shape letters: N episodes, h w feature size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor, nn

from ...structures import ClassRepresentation, QueryFeatures, SupportFeatures

if TYPE_CHECKING:
    from ..segmentors import FewShotSegmentor

Features = TypeVar('Features', QueryFeatures, SupportFeatures)


def segment_adapted(
    segmentor: FewShotSegmentor,
    query: QueryFeatures,
    representation: ClassRepresentation,
) -> Tensor:
    """Segment with the weights that each class brings: (N, 2, h, w).

    Args:
        segmentor (FewShotSegmentor): Its head is left as it is.
        query (QueryFeatures): Of N episodes, not reduced: that is fine-tuned as well.
        representation (ClassRepresentation): Of N classes, with weights.
    """
    query = in_precision_of(segmentor.decode_head, query)
    logits = []
    with torch.autocast(query.levels[0].device.type, enabled=False):
        for i in range(len(query.levels[0])):
            row = slice(i, i + 1)
            one = representation.map(lambda x, row=row: x[row])
            weights = {k: v[0] for k, v in one.weights.items()}
            shown = query.map(lambda x, row=row: x[row])
            logits.append(segment_with_weights(segmentor, shown, one, weights))
    return torch.cat(logits)


def segment_with_weights(
    segmentor: FewShotSegmentor,
    query: QueryFeatures,
    representation: ClassRepresentation,
    weights: Mapping[str, Tensor],
) -> Tensor:
    """Segment with other weights of the head: (N, 2, h, w).

    Args:
        segmentor (FewShotSegmentor): Its head is left as it is.
        query (QueryFeatures): Of N episodes, not reduced.
        representation (ClassRepresentation): N classes; its own weights are not asked.
        weights (Mapping[str, Tensor]): By their names in the head, for all N.
    """
    named = {f'head.{name}': value for name, value in weights.items()}
    call = _Call(segmentor)
    return torch.func.functional_call(call, named, (query, representation))


class _Call(nn.Module):
    """What ``functional_call`` can call: reduce a query and segment it."""

    def __init__(self, segmentor: FewShotSegmentor) -> None:
        super().__init__()
        self.head, self.segment = segmentor.decode_head, segmentor.segment_reduced

    def forward(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> Tensor:
        return self.segment(self.head.reduce_query(query), representation)


def in_precision_of(head: nn.Module, features: Features) -> Features:
    """Feature maps in the precision of a head's weights; masks as they are.

    Of a head without weights in single precision.
    """
    dtype = next((p.dtype for p in head.parameters()), torch.float32)
    return features.map(lambda x: x.to(dtype) if x.is_floating_point() else x)
