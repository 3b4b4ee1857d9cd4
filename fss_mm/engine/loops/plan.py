"""In which order images are made, held and let go, within a budget.

The future is known: what is needed again soonest stays (Belady's rule), so that few
images are made twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

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
    budget: int,
    group: Callable[[Task], object],
    groups_a_step: int = 1,
    held: Iterable[ImageRole] = (),
) -> Iterator[Step]:
    """Plan tasks in their order.

    Args:
        tasks (Sequence[Task]): In the order in which they are to be done.
        cost (Callable): Bytes that an image takes while it is held.
        budget (int): Bytes that may be held at a time.
        group (Callable): Neighbouring tasks of equal value share a step.
        groups_a_step (int): How many such groups do so. Defaults to 1.
        held (Iterable[ImageRole]): What is held already. Defaults to nothing.

    Raises:
        ValueError: If a single task needs more than the budget, with what it needs.
    """
    uses = defaultdict(list)
    for place, task in enumerate(tasks):
        for image in task.images:
            uses[image].append(place)
    keep = set(held)
    for start, stop in _slices(tasks, cost, budget, group, groups_a_step):
        needed = dict.fromkeys(i for task in tasks[start:stop] for i in task.images)
        drop = _to_drop(keep, needed, uses, start, cost, budget)
        make = tuple(image for image in needed if image not in keep)
        keep = keep.difference(drop).union(make)
        yield Step(drop, make, tuple(tasks[start:stop]))


def _slices(
    tasks: Sequence[Task],
    cost: Callable[[ImageRole], int],
    budget: int,
    group: Callable[[Task], object],
    groups_a_step: int,
) -> Iterator[tuple[int, int]]:
    """Where steps start and stop: so many groups, as far as the budget goes."""
    start, groups, needed, size = 0, set(), set(), 0
    for place, task in enumerate(tasks):
        new = [image for image in task.images if image not in needed]
        more = sum(map(cost, new))
        full = len(groups | {group(task)}) > groups_a_step
        if place > start and (full or size + more > budget):
            yield start, place
            start, groups, needed, size = place, set(), set(), 0
            new = task.images
            more = sum(map(cost, new))
        if more > budget and not needed:
            raise ValueError(
                f'one episode alone holds {more / 2**20:.2f} MiB of features and '
                f'representations, more than max_gib={budget / 2**30:.3g} allows: '
                'raise it in test_cfg (and val_cfg)'
            )
        groups.add(group(task))
        needed.update(new)
        size += more
    if start < len(tasks):
        yield start, len(tasks)


def _to_drop(
    keep: set[ImageRole],
    needed: dict[ImageRole, None],
    uses: dict[ImageRole, list[int]],
    start: int,
    cost: Callable[[ImageRole], int],
    budget: int,
) -> tuple[ImageRole, ...]:
    """What is never needed again, then what is needed last, until the rest fits."""

    def next_use(image: ImageRole) -> float:
        places = uses.get(image, ())
        later = bisect_right(places, start - 1)
        return places[later] if later < len(places) else _NEVER

    others = {image: next_use(image) for image in keep if image not in needed}
    drop = [image for image, place in others.items() if place == _NEVER]
    size = sum(map(cost, keep.union(needed))) - sum(map(cost, drop))
    if size > budget:
        waiting = {image: place for image, place in others.items() if place < _NEVER}
        for image in sorted(waiting, key=waiting.get, reverse=True):
            if size <= budget:
                break
            drop.append(image)
            size -= cost(image)
    return tuple(drop)
