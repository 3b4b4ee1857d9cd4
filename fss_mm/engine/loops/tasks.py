"""What a test has to do: its episodes as tasks, each thing once.

Pure functions of the episodes; nothing is loaded here.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from ...structures import ImageRole


@dataclass(frozen=True)
class Task:
    """A query and a support set, with all episodes that ask for it.

    Args:
        query (ImageRole): The query.
        supports (tuple[ImageRole, ...]): K supports, in order.
        episodes (tuple): What the data set loads them by.
    """

    query: ImageRole
    supports: tuple[ImageRole, ...]
    episodes: tuple[Hashable, ...]

    @property
    def images(self) -> tuple[ImageRole, ...]:
        """All that has to be held while the task is done, each once."""
        return tuple(dict.fromkeys((self.query, *self.supports)))


def distinct_tasks(dataset, episodes: Iterable[Hashable]) -> list[Task]:
    """The tasks of a list of episodes, in order of their first one.

    Args:
        dataset: Has ``image_roles``.
        episodes (Iterable): Items of its sampler.
    """
    found: dict[tuple[ImageRole, ...], list[Hashable]] = {}
    for episode in episodes:
        found.setdefault(dataset.image_roles(episode), []).append(episode)
    return [Task(k[0], k[1:], tuple(v)) for k, v in found.items()]


def by_query(task: Task) -> tuple:
    """Order in which each query is encoded once; its classes follow each other."""
    query = task.query
    return query.test, query.image, query.class_id, _images(task.supports)


def by_class(task: Task) -> tuple:
    """The same within a class: fewer supports have to be held at a time."""
    return task.query.class_id, *by_query(task)


def by_support_set(task: Task) -> tuple:
    """Order in which each support set is learned from once."""
    query = task.query
    return query.class_id, _images(task.supports), query.test, query.image


def share_of(tasks: Sequence[Task], rank: int, world_size: int) -> list[Task]:
    """A process's share: neighbours in a class, whole queries, about as many as others.

    No query is encoded by two processes; a support is by two only where its class is
    divided between them.
    """
    ordered = sorted(tasks, key=by_class)
    total, done, own = len(ordered), 0, []
    place = None
    for task in ordered:
        key = (task.query.class_id, task.query.test, task.query.image)
        if key != place:
            place, owner = key, done * world_size // max(total, 1)
        if owner == rank:
            own.append(task)
        done += 1
    return own


def _images(roles: Sequence[ImageRole]) -> tuple:
    return tuple((role.test, role.image) for role in roles)
