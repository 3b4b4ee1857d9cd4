"""Tasks, shares and plans: pure functions of the episodes."""

from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from fss_mm.engine.loops.plan import plan_steps
from fss_mm.engine.loops.tasks import (
    Task,
    by_class,
    by_query,
    by_support_set,
    distinct_tasks,
    share_of,
)
from fss_mm.structures import QUERY, SUPPORT, Episode, ImageRole

COST = {QUERY: 3, SUPPORT: 2}


def task(query, *supports, class_id=1):
    roles = tuple(ImageRole(i, class_id, SUPPORT) for i in supports)
    return Task(ImageRole(query, class_id, QUERY), roles, ((query, supports),))


tasks_lists = st.lists(
    st.builds(
        lambda query, supports, class_id: task(query, *supports, class_id=class_id),
        st.integers(0, 5),
        st.lists(st.integers(0, 5), min_size=2, max_size=2),
        st.integers(1, 2),
    ),
    max_size=30,
)


def cost(image):
    return COST[image.role]


def carry_out(steps):
    """What is made and done, and the most that is ever held."""
    held, made, done, most = set(), [], [], 0
    for step in steps:
        assert held.issuperset(step.drop)
        held.difference_update(step.drop)
        assert held.isdisjoint(step.make), 'nothing is made while it is held'
        held.update(step.make)
        made += step.make
        most = max(most, sum(map(cost, held)))
        for one in step.tasks:
            assert held.issuperset(one.images)
            done.append(one)
    return made, done, most


@given(tasks_lists, st.integers(7, 60), st.integers(1, 3))
def test_a_plan_does_all_within_the_budget(tasks, budget, groups):
    steps = plan_steps(tasks, cost, budget, lambda t: t.query, groups)
    made, done, most = carry_out(steps)
    assert done == tasks and most <= budget
    assert set(made) == {image for t in tasks for image in t.images}


@given(tasks_lists)
def test_with_room_for_all_each_image_is_made_once(tasks):
    tasks = sorted(tasks, key=by_query)
    made, _, _ = carry_out(plan_steps(tasks, cost, 1000, lambda t: t.query))
    assert len(made) == len(set(made))


@given(tasks_lists, st.integers(7, 30))
def test_no_more_is_made_than_by_keeping_the_latest(tasks, budget):
    """Belady's rule against the usual one, at equal cost and a step for each task."""
    one = {QUERY: 2, SUPPORT: 2}
    steps = plan_steps(tasks, lambda i: one[i.role], budget, id)
    made = sum(len(step.make) for step in steps)
    kept, misses = OrderedDict(), 0
    for t in tasks:
        for image in t.images:
            misses += image not in kept
            kept[image] = None
            kept.move_to_end(image)
            while 2 * len(kept) > budget:
                kept.popitem(last=False)
    assert made <= misses


def test_what_is_needed_soonest_stays():
    """Worked out by hand: room for one query and two supports."""
    tasks = [task(0, 1), task(0, 2), task(0, 3), task(0, 1)]
    steps = list(plan_steps(tasks, cost, 7, id))
    made = [[image.image for image in step.make] for step in steps]
    dropped = [[image.image for image in step.drop] for step in steps]
    assert made == [[0, 1], [2], [3], []]
    assert dropped == [[], [], [2], [3]]


def test_what_is_held_already_is_not_made():
    one = task(0, 1)
    (step,) = plan_steps([one], cost, 10, id, held=[one.query])
    assert step.make == one.supports


def test_a_task_beyond_the_budget_has_a_step_of_its_own():
    steps = list(plan_steps([task(0, 1), task(0, 1, 2), task(0, 1)], cost, 6, id))
    assert [len(step.tasks) for step in steps] == [1, 1, 1]
    assert [i.image for i in steps[2].drop] == [2]


def test_episodes_of_one_task_are_one_task():
    class Data:
        def image_roles(self, episode):
            images = (episode.query, *episode.supports)
            roles = (QUERY, *[SUPPORT] * episode.num_shots)
            return tuple(
                ImageRole(i, episode.class_id, r) for i, r in zip(images, roles)
            )

    episodes = [
        Episode(1, 0, (1, 2), 0, 0),
        Episode(1, 0, (2, 1), 0, 1),
        Episode(1, 0, (1, 2), 5, 7),
    ]
    first, second = distinct_tasks(Data(), episodes)
    assert first.episodes == (episodes[0], episodes[2])
    assert second.episodes == (episodes[1],)


@given(tasks_lists, st.integers(1, 5))
def test_shares_are_a_division_into_whole_queries(tasks, world_size):
    tasks = list(dict.fromkeys(tasks))
    shares = [share_of(tasks, rank, world_size) for rank in range(world_size)]
    together = [t for share in shares for t in share]
    assert sorted(together, key=by_class) == sorted(tasks, key=by_class)
    owners = {}
    for rank, share in enumerate(shares):
        for t in share:
            assert owners.setdefault(t.query, rank) == rank


def test_a_class_stays_together_where_it_can():
    tasks = [task(q, s, class_id=c) for c in (1, 2) for q in range(4) for s in (8, 9)]
    shares = [share_of(tasks, rank, 2) for rank in range(2)]
    assert [{t.query.class_id for t in share} for share in shares] == [{1}, {2}]


def test_orders():
    tasks = [task(1, 5, class_id=2), task(0, 6), task(1, 5), task(0, 5)]

    def order(key):
        found = sorted(tasks, key=key)
        return [(t.query.class_id, t.query.image, t.supports[0].image) for t in found]

    assert order(by_query) == [(1, 0, 5), (1, 0, 6), (1, 1, 5), (2, 1, 5)]
    assert order(by_support_set) == [(1, 0, 5), (1, 1, 5), (1, 0, 6), (2, 1, 5)]
