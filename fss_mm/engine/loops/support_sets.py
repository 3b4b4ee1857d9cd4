"""One query against many support sets, made of supports that are represented once.

Shape letters: K shots, T support sets, h w feature size.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...models import FewShotSegmentor
from ...structures import (
    ClassRepresentation,
    QueryFeatures,
    TensorRecord,
    cat_records,
)

Set = tuple[Hashable, ...]


@dataclass(frozen=True)
class SetLogits:
    """Logits of one query under T support sets.

    Args:
        logits (Tensor): (T, 2, h, w).
        diverged (tuple[bool, ...]): T, where fine-tuning failed.
    """

    logits: Tensor
    diverged: tuple[bool, ...]


class SupportSets:
    """Puts supports together into sets, and segments queries with them.

    Args:
        model (FewShotSegmentor): In eval mode.
        batch_size (int): Support sets in a pass of the head.
    """

    def __init__(self, model: FewShotSegmentor, batch_size: int) -> None:
        self.model, self.batch_size = model, batch_size
        self.latest: tuple[Set, ClassRepresentation] | None = None

    def __call__(
        self,
        query: QueryFeatures,
        shots: Mapping[Hashable, TensorRecord],
        sets: Sequence[Set],
        seeds: Sequence[int],
    ) -> SetLogits:
        """Segment a query.

        Args:
            query (QueryFeatures): One, of ``describe_queries``.
            shots (Mapping): Support to what is kept of it, (1, 1, ...).
            sets (Sequence[tuple]): T sets of K supports.
            seeds (Sequence[int]): T, of what is random about learning from them.
        """
        model = self.model
        if model.fine_tuning is None and model.shot_fusion is not None:
            return self._fused(query, shots, sets)
        parts, diverged = [], []
        for start in range(0, len(sets), self.batch_size):
            some = slice(start, start + self.batch_size)
            known = self._represent(shots, sets[some], seeds[some])
            parts.append(model.segment(query.repeated(len(sets[some])), known))
            flags = known.diverged
            diverged += [False] * len(parts[-1]) if flags is None else flags.tolist()
        return SetLogits(torch.cat(parts), tuple(diverged))

    def _represent(
        self,
        shots: Mapping[Hashable, TensorRecord],
        sets: Sequence[Set],
        seeds: Sequence[int],
    ) -> ClassRepresentation:
        """Classes of some sets; one that was learned for the last query is kept."""
        if self.model.fine_tuning is None:
            return self.model.represent(_stacked(shots, sets), seeds)
        return cat_records([self._learn(shots, *one) for one in zip(sets, seeds)])

    def _learn(
        self, shots: Mapping[Hashable, TensorRecord], supports: Set, seed: int
    ) -> ClassRepresentation:
        if self.latest is None or self.latest[0] != supports:
            known = self.model.represent(_stacked(shots, [supports]), [seed])
            self.latest = supports, known
        return self.latest[1]

    def _fused(
        self,
        query: QueryFeatures,
        shots: Mapping[Hashable, TensorRecord],
        sets: Sequence[Set],
    ) -> SetLogits:
        """Each support once, whatever number of sets it is in."""
        fusion = self.model.shot_fusion
        sets = [supports[: fusion.max_shots] for supports in sets]
        alone = {support: None for supports in sets for support in supports}
        names, single = list(alone), []
        for start in range(0, len(names), self.batch_size):
            some = [(name,) for name in names[start : start + self.batch_size]]
            known = self.model.represent(_stacked(shots, some))
            single += self.model.segment(query.repeated(len(some)), known).split(1)
        alone = dict(zip(names, single))
        fused = [fusion.merge([alone[s] for s in supports]) for supports in sets]
        return SetLogits(torch.cat(fused), (False,) * len(sets))


def _stacked(
    shots: Mapping[Hashable, TensorRecord], sets: Sequence[Set]
) -> TensorRecord:
    """What is kept of supports, (1, 1, ...) each, as sets: (T, K, ...)."""
    return cat_records([cat_records([shots[s] for s in one], dim=1) for one in sets])
