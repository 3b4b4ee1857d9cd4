"""What all values made of tensors can do: be mapped, cut, put together, measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor

Record = TypeVar('Record', bound='TensorRecord')


class TensorRecord:
    """A value of named tensors that share their leading dimensions.

    A subclass says which tensors it holds (:meth:`tensors`) and how it is made of
    others of the same names (:meth:`with_tensors`).
    """

    def tensors(self) -> dict[str, Tensor]:
        """All tensors, by name."""
        raise NotImplementedError

    def with_tensors(self: Record, tensors: Mapping[str, Tensor]) -> Record:
        """The same value with other tensors, of the names of :meth:`tensors`."""
        raise NotImplementedError

    def map(self: Record, function: Callable[[Tensor], Tensor]) -> Record:
        """All tensors through a function, such as ``torch.detach``."""
        return self.with_tensors({k: function(v) for k, v in self.tensors().items()})

    def rows(self: Record, which: slice) -> Record:
        """Some entries of the first dimension."""
        return self.map(lambda x: x[which])

    def repeated(self: Record, times: int) -> Record:
        """One entry, (1, ...), several times, in the memory of one: (times, ...)."""
        return self.map(lambda x: x.expand(times, *x.shape[1:]))

    @property
    def num_bytes(self) -> int:
        """Memory that the tensors take."""
        return sum(x.numel() * x.element_size() for x in self.tensors().values())


def stack_records(records: Sequence[Record]) -> Record:
    """Put values together along a new first dimension."""
    return _join(records, torch.stack)


def cat_records(records: Sequence[Record], dim: int = 0) -> Record:
    """Put values together along a dimension that they have; one alone is returned."""
    if len(records) == 1:
        return records[0]
    return _join(records, partial(torch.cat, dim=dim))


def _join(
    records: Sequence[Record], function: Callable[[list[Tensor]], Tensor]
) -> Record:
    tables = [record.tensors() for record in records]
    joined = {k: function([table[k] for table in tables]) for k in tables[0]}
    return records[0].with_tensors(joined)
