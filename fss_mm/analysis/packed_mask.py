"""Masks of many episodes in little memory.

Shape letters: H W mask size.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PackedMask:
    """A mask of 0 and 1, a bit a pixel, compressed.

    Args:
        data (bytes): The compressed bits.
        shape (tuple[int, int]): (H, W).
    """

    data: bytes
    shape: tuple[int, int]

    @classmethod
    def of(cls, mask: np.ndarray) -> PackedMask:
        """Pack (H, W), in which 1 is the foreground, and all else background."""
        return cls(zlib.compress(np.packbits(mask == 1).tobytes(), 1), mask.shape)

    def unpacked(self) -> np.ndarray:
        """The mask: (H, W), uint8, 0 and 1."""
        bits = np.frombuffer(zlib.decompress(self.data), np.uint8)
        size = self.shape[0] * self.shape[1]
        return np.unpackbits(bits, count=size).reshape(self.shape)

    def at(self, shape: tuple[int, int]) -> np.ndarray:
        """The mask at another size (H, W), to the nearest pixel."""
        mask = self.unpacked()
        rows, columns = (
            ((np.arange(new) + 0.5) * old / new).astype(int)
            for new, old in zip(shape, self.shape)
        )
        return mask[rows[:, None], columns]
