"""A class as a value: what a head keeps of the supports.

Shape letters: N episodes or classes, K shots.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from .tensor_record import TensorRecord

_WEIGHTS, _DIVERGED = 'weights.', 'diverged'


@dataclass(frozen=True)
class ClassRepresentation(TensorRecord):
    """Named tensors, such as prototypes, that say what a class looks like.

    It can be stacked, moved, saved and merged over shots; it is made once and serves
    any number of queries. In between, a representation of shots has two leading
    dimensions, (N, K, ...), one entry for each support by itself.

    Args:
        parts (dict[str, Tensor]): (N, ...), by the head's own names.
        weights (dict[str, Tensor]): (N, ...), parameters of the head that were adapted
            to the class, by their names in it. Defaults to none.
        diverged (Tensor, optional): (N,), bool: adapting failed, and the weights are
            the head's own. Defaults to None: nothing was adapted.

    Examples:
        >>> representation = head.represent(supports)
        >>> representation['foreground'].shape
        torch.Size([1, 256, 1, 1])
    """

    parts: dict[str, Tensor]
    weights: dict[str, Tensor] = field(default_factory=dict)
    diverged: Tensor | None = None

    def __getitem__(self, name: str) -> Tensor:
        return self.parts[name]

    @property
    def num_shots(self) -> int:
        """Number of shots, K, of a representation of shots."""
        return next(iter(self.parts.values())).shape[1]

    def shots(self, which: Sequence[int]) -> ClassRepresentation:
        """Some of the shots of (N, K, ...), in the given order, without weights.

        Those belong to a class, not to a shot.
        """
        chosen = list(which)
        return ClassRepresentation({k: v[:, chosen] for k, v in self.parts.items()})

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> ClassRepresentation:
        """What :meth:`tensors` gave, read from a file, say.

        Examples:
            >>> torch.save(representation.tensors(), 'wren.pt')
            >>> tensors = torch.load('wren.pt', weights_only=True)
            >>> wren = ClassRepresentation.from_tensors(tensors)
        """
        found = dict(tensors)
        diverged = found.pop(_DIVERGED, None)
        weights = {
            name.removeprefix(_WEIGHTS): found.pop(name)
            for name in list(found)
            if name.startswith(_WEIGHTS)
        }
        return cls(found, weights, diverged)

    def tensors(self) -> dict[str, Tensor]:
        """Parts by name, weights with 'weights.' in front, and 'diverged'."""
        found = {f'{_WEIGHTS}{name}': value for name, value in self.weights.items()}
        if self.diverged is not None:
            found[_DIVERGED] = self.diverged
        return self.parts | found

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> ClassRepresentation:
        """As in :class:`TensorRecord`."""
        return ClassRepresentation(
            {name: tensors[name] for name in self.parts},
            {name: tensors[f'{_WEIGHTS}{name}'] for name in self.weights},
            tensors.get(_DIVERGED),
        )
