"""In which order images are made, held and let go, within a budget.

The future is known: what is needed again soonest stays (Belady's rule), so that few
images are made twice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from ...structures import ImageRole
from .tasks import Task

_NEVER = float('inf')


@dataclass(frozen=True)
class Step:
    """A few tasks that are done together.

    Args:
        drop (tuple[ImageRole, ...]): To let go before anything is made.
        make (tuple[ImageRole, ...]): To load, encode and hold.
        tasks (tuple[Task, ...]): To do then.
    """

    drop: tuple[ImageRole, ...]
    make: tuple[ImageRole, ...]
    tasks: tuple[Task, ...]


def plan_steps(
    tasks: Sequence[Task],
    cost: Callable[[ImageRole], int],
    budget: float,
    group: Callable[[Task], object],
    groups_a_step: int = 1,
    held: Iterable[ImageRole] = (),
) -> Iterator[Step]:
    """Plan tasks in their order.

    Args:
        tasks (Sequence[Task]): In the order in which they are to be done.
        cost (Callable): Bytes that an image takes while it is held, or may take.
        budget (float): Bytes that may be held at a time. A single task that needs more
            has a step of its own.
        group (Callable): Neighbouring tasks of equal value share a step.
        groups_a_step (int): How many such groups do so. Defaults to 1.
        held (Iterable[ImageRole]): What is held already. Defaults to nothing.
    """
    keep = _Kept(tasks, cost, held)
    for start, stop in _slices(tasks, cost, budget, group, groups_a_step):
        some = tuple(tasks[start:stop])
        needed = dict.fromkeys(image for task in some for image in task.images)
        make = tuple(image for image in needed if image not in keep.images)
        drop = keep.make_room(budget - sum(map(cost, make)), needed)
        yield Step(drop, make, some)
        keep.add(needed, stop)


class _Kept:
    """What is held behind the steps planned so far, what is needed last on top.

    Args:
        tasks (Sequence[Task]): All that are to be done.
        cost (Callable): As in :func:`plan_steps`.
        held (Iterable[ImageRole]): What is held before the first.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        cost: Callable[[ImageRole], int],
        held: Iterable[ImageRole],
    ) -> None:
        self.uses = defaultdict(list)
        for place, task in enumerate(tasks):
            for image in task.images:
                self.uses[image].append(place)
        self.cost, self.size = cost, 0
        self.images: dict[ImageRole, float] = {}  # image to its next use
        self.waiting: list[tuple[float, int, ImageRole]] = []
        self.order = count()  # among equals
        self.add(held, 0)

    def add(self, images: Iterable[ImageRole], start: int) -> None:
        """Hold images, of which the tasks from ``start`` on are still to be done."""
        for image in images:
            places = self.uses.get(image, ())
            later = bisect_left(places, start)
            place = places[later] if later < len(places) else _NEVER
            if image not in self.images:
                self.size += self.cost(image)
            self.images[image] = place
            heappush(self.waiting, (-place, next(self.order), image))

    def make_room(
        self, budget: float, needed: Mapping[ImageRole, None]
    ) -> tuple[ImageRole, ...]:
        """Let go of what is never needed again, then of what is needed last."""
        drop = []
        while self.waiting and (self.waiting[0][0] == -_NEVER or self.size > budget):
            place, _, image = heappop(self.waiting)
            if image in needed or self.images.get(image) != -place:
                continue  # an entry that is out of date
            drop.append(image)
            self.size -= self.cost(image)
            del self.images[image]
        return tuple(drop)


def _slices(
    tasks: Sequence[Task],
    cost: Callable[[ImageRole], int],
    budget: float,
    group: Callable[[Task], object],
    groups_a_step: int,
) -> Iterator[tuple[int, int]]:
    """Where steps start and stop: so many groups, as far as the budget goes."""
    start, groups, needed, size = 0, set(), set(), 0
    for place, task in enumerate(tasks):
        new = [image for image in task.images if image not in needed]
        full = len(groups | {group(task)}) > groups_a_step
        if place > start and (full or size + sum(map(cost, new)) > budget):
            yield start, place
            start, groups, needed, size = place, set(), set(), 0
            new = task.images
        groups.add(group(task))
        needed.update(new)
        size += sum(map(cost, new))
    if start < len(tasks):
        yield start, len(tasks)
