"""An episode: one few-shot task, as a value.

Indices point into a data set's list of images. ``(seed, number)`` is the episode's
name: everything random about it, what is drawn and how it is augmented, is a function
of these two numbers, never of a process, a worker or the time.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Episode:
    """One task: a class, its labelled support images and a query image.

    Args:
        class_id (int): The class to segment, as in the data set's masks.
        query (int): Index of the query image.
        supports (tuple[int, ...]): Indices of the K support images. None of them is an
            image alone, of a training that is not episodic.
        seed (int): Seed of the list that the episode belongs to. Defaults to 0.
        number (int): Position in that list. Defaults to 0.
    """

    class_id: int
    query: int
    supports: tuple[int, ...]
    seed: int = 0
    number: int = 0

    @property
    def num_shots(self) -> int:
        """Number of support images, K."""
        return len(self.supports)
