"""An episode that several lists have in common."""

from __future__ import annotations

from dataclasses import dataclass

from .episode import Episode


@dataclass(frozen=True, slots=True)
class SharedEpisode:
    """A task, and where it stands in the lists of several tests.

    Args:
        test (str): Name of the test whose data set loads it.
        episode (Episode): As that data set knows it.
        places (tuple[tuple[str, int, int], ...]): Name of the test, seed of the list
            and number in it, for each list that has this task.
    """

    test: str
    episode: Episode
    places: tuple[tuple[str, int, int], ...]
