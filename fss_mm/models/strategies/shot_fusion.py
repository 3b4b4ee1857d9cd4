"""Several shots by averaging the predictions of single ones.

Shape letters: N episodes, K shots, h w feature size.
"""

from __future__ import annotations

from torch import Tensor

from ...structures import ClassRepresentation, QueryFeatures
from ..decode_heads import FewShotDecodeHead
from ..layers import average_probabilities


class ShotFusion:
    """Segment with each support by itself and average the probabilities.

    The row 'Fusion' of CRNet's Table 4.

    Args:
        max_shots (int, optional): Look at the first so many supports only. Defaults to
            None: at all.

    Raises:
        ValueError: If ``max_shots`` is below 1.
    """

    def __init__(self, max_shots: int | None = None) -> None:
        if max_shots is not None and max_shots < 1:
            raise ValueError(f'max_shots={max_shots}, expected None or at least 1')
        self.max_shots = max_shots

    def segment(
        self,
        head: FewShotDecodeHead,
        query: QueryFeatures,
        shots: ClassRepresentation,
    ) -> Tensor:
        """Mean over the shots: log-probabilities, (N, 2, h, w).

        Args:
            head (FewShotDecodeHead): The method.
            query (QueryFeatures): Reduced, of N episodes.
            shots (ClassRepresentation): (N, K, ...), not merged.
        """
        shots = ClassRepresentation(shots.parts)  # weights have no shots
        num_shots = next(iter(shots.parts.values())).shape[1]
        logits = []
        for shot in range(num_shots)[: self.max_shots]:
            alone = head.merge_shots(shots.shots([shot]))
            logits.append(head.segment(query, alone).query_logits)
        return average_probabilities(logits)
