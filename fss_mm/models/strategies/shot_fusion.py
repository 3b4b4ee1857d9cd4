"""Several shots by putting the predictions of single ones together.

Shape letters: N episodes, K shots, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ...structures import ClassRepresentation, QueryFeatures
from ..decode_heads import FewShotDecodeHead
from ..layers import average_probabilities, surest_of_foreground


class ShotFusion:
    """Segment with each support by itself and put the predictions together.

    Args:
        max_shots (int, optional): Look at the first so many supports only. Defaults to
            None: at all.
        rule (str): 'mean': probabilities are averaged, the row 'Fusion' of CRNet's
            Table 4; 'any': a cell is of the class if any support says so, as by OSLSM
            and SG-One. Defaults to 'mean'.

    Raises:
        ValueError: If ``max_shots`` is below 1, or there is no such rule.
    """

    def __init__(self, max_shots: int | None = None, rule: str = 'mean') -> None:
        if max_shots is not None and max_shots < 1:
            raise ValueError(f'max_shots={max_shots}, expected None or at least 1')
        if rule not in _RULES:
            raise ValueError(f"rule={rule!r}, expected 'mean' or 'any'")
        self.max_shots, self.rule = max_shots, rule

    def segment(
        self,
        head: FewShotDecodeHead,
        query: QueryFeatures,
        shots: ClassRepresentation,
    ) -> Tensor:
        """Put the shots together: logits (N, 2, h, w).

        Args:
            head (FewShotDecodeHead): The method.
            query (QueryFeatures): Reduced, of N episodes.
            shots (ClassRepresentation): (N, K, ...), not merged.
        """
        shots = ClassRepresentation(shots.parts)  # weights have no shots
        logits = []
        for shot in range(shots.num_shots)[: self.max_shots]:
            alone = head.merge_shots(shots.shots([shot]))
            logits.append(head.segment(query, alone).query_logits)
        return self.merge(logits)

    def merge(self, logits: Sequence[Tensor]) -> Tensor:
        """Put predictions of single shots together: logits (N, 2, h, w).

        Args:
            logits (Sequence[Tensor]): Of each shot, (N, 2, h, w).
        """
        return _RULES[self.rule](logits)


_RULES = dict(mean=average_probabilities, any=surest_of_foreground)
