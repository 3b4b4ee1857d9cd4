"""Values made of tensors: whatever is done to them, no tensor is lost or mixed up."""

import io
from dataclasses import FrozenInstanceError, replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fss_mm.structures import (
    PLAIN,
    ClassRepresentation,
    QueryFeatures,
    SupportFeatures,
    cat_records,
    stack_records,
)

NAMES = st.text('abc.', min_size=1, max_size=4)
SHAPES = st.lists(st.integers(1, 3), max_size=3)
DTYPES = st.sampled_from([torch.float32, torch.float64, torch.bfloat16, torch.uint8])


def filled(n, shape, dtype, start):
    size = torch.Size((n, *shape))
    return (torch.arange(size.numel()) + start).view(size).to(dtype)


@st.composite
def representations(draw, count=1):
    """Some values of equal names, dtypes and shapes, of different numbers."""
    parts = draw(st.dictionaries(NAMES, st.tuples(SHAPES, DTYPES), min_size=1))
    weights = draw(st.dictionaries(NAMES, st.tuples(SHAPES, DTYPES)))
    adapted = draw(st.booleans())
    sizes = draw(st.lists(st.integers(1, 3), min_size=count, max_size=count))
    return [
        ClassRepresentation(
            {k: filled(n, *v, start=i) for k, v in parts.items()},
            {k: filled(n, *v, start=i + 7) for k, v in weights.items()},
            torch.arange(n) % 2 == 0 if adapted else None,
        )
        for i, n in enumerate(sizes)
    ]


def equal(one, other):
    a, b = one.tensors(), other.tensors()
    return list(a) == list(b) and all(
        a[k].dtype == b[k].dtype and torch.equal(a[k], b[k]) for k in a
    )


@given(representations())
def test_mapping_by_nothing_is_the_value_itself(values):
    (value,) = values
    again = value.map(lambda x: x)
    assert equal(again, value) and list(again.parts) == list(value.parts)
    assert (again.diverged is None) == (value.diverged is None)
    assert set(again.weights) == set(value.weights)


@given(representations(count=3))
def test_what_is_put_together_comes_apart_again(values):
    together, start = cat_records(values), 0
    for value in values:
        n = len(next(iter(value.parts.values())))
        rows = slice(start, start + n)
        assert equal(together.map(lambda x, rows=rows: x[rows]), value)
        start += n
    first = values[0]
    stacked = stack_records([first, first.map(torch.clone)])
    for i in range(2):
        assert equal(stacked.map(lambda x, i=i: x[i]), first)


@given(representations(count=2))
def test_memory_adds_up(values):
    assert cat_records(values).num_bytes == sum(value.num_bytes for value in values)


def test_memory_by_hand():
    value = ClassRepresentation(
        dict(vector=torch.zeros(2, 3), map=torch.zeros(2, 5, dtype=torch.float64)),
        dict(weight=torch.zeros(2, 4, dtype=torch.bfloat16)),
        torch.zeros(2, dtype=torch.bool),
    )
    assert value.num_bytes == 2 * 3 * 4 + 2 * 5 * 8 + 2 * 4 * 2 + 2


def test_a_class_can_be_saved_as_plain_tensors():
    """By torch's safe loader, which takes no classes of ours."""
    value = ClassRepresentation(
        dict(vector=torch.rand(1, 3)), dict(weight=torch.rand(1, 2)), torch.tensor([0])
    )
    file = io.BytesIO()
    torch.save(value.tensors(), file)
    file.seek(0)
    again = value.with_tensors(torch.load(file, weights_only=True))
    assert equal(again, value)


def test_names_of_parts_and_weights_do_not_collide():
    a, b = torch.zeros(1), torch.ones(1)
    value = ClassRepresentation(dict(weight=a), dict(weight=b))
    assert list(value.tensors()) == ['weight', 'weights.weight']
    assert value['weight'] is a and value.map(lambda x: x).weights['weight'] is b


def test_shots_of_a_class_leave_its_weights_behind():
    parts = dict(vector=torch.arange(12).view(2, 3, 2))
    value = ClassRepresentation(
        parts, dict(weight=torch.rand(2, 4)), torch.tensor([True, False])
    )
    some = value.shots([2, 0])
    assert some['vector'].tolist() == [[[4, 5], [0, 1]], [[10, 11], [6, 7]]]
    assert some.weights == {} and some.diverged is None


def test_a_value_cannot_be_changed():
    value = ClassRepresentation(dict(vector=torch.zeros(1)))
    with pytest.raises(FrozenInstanceError):
        value.diverged = torch.tensor([True])
    with pytest.raises(KeyError):
        value['map']


# ---- features ----------------------------------------------------------------------


def query(n=2, images=True):
    levels = filled(n, (3, 4, 4), torch.float32, 0), filled(n, (5, 2, 2), torch.half, 9)
    shown = filled(n, (3, 8, 6), torch.float32, 1) if images else None
    return QueryFeatures(levels, (8, 6), shown)


def supports(n=2, k=3):
    masks = filled(n, (k, 8, 6), torch.uint8, 0)
    views = {
        PLAIN: (filled(n, (k, 3, 4, 4), torch.float32, 0),),
        'masked': tuple(filled(n, (k, c, 2, 2), torch.float32, c) for c in (2, 4)),
    }
    return SupportFeatures(masks, views)


@pytest.mark.parametrize('images', [False, True])
def test_features_of_queries(images):
    value = query(images=images)
    twice = cat_records([value, value])
    assert twice.image_size == (8, 6) and (twice.images is None) == (not images)
    assert equal(twice.map(lambda x: x[2:]), value)
    assert [x.shape[0] for x in twice.levels] == [4, 4]


def test_features_of_supports():
    value = supports()
    assert equal(cat_records([value, value]).map(lambda x: x[:2]), value)
    assert list(value.map(lambda x: x).views) == [PLAIN, 'masked']
    some = value.shots([2, 0])
    assert some.num_shots == 2 and value.num_shots == 3
    for name, tensor in some.tensors().items():
        assert torch.equal(tensor[:, 0], value.tensors()[name][:, 2]), name
        assert torch.equal(tensor[:, 1], value.tensors()[name][:, 0]), name


def test_supports_in_a_querys_place():
    """Row n * K + k is support k of episode n; its size is that of the masks."""
    value = supports(n=2, k=3)
    turned = value.as_queries()
    assert turned.image_size == (8, 6) and turned.images is None
    (level,) = turned.levels
    assert torch.equal(level[1 * 3 + 2], value.levels[0][1, 2])
    level[4].fill_(-1)
    assert (value.levels[0][1, 1] == -1).all(), 'a view, no copy'


def test_other_levels_leave_the_rest_alone():
    value = query()
    other = replace(value, levels=value.levels[:1])
    assert list(other.tensors()) == ['0', 'images'] and other.image_size == (8, 6)
