"""Which values of a config a parameter's annotation allows, and how that is said."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from mmengine.config import ConfigDict
from torch import Tensor, nn

from fss_mm.utils.annotations import fits, in_words
from fss_mm.utils.signatures import accepted

NAN = float('nan')


@pytest.mark.parametrize(
    ('annotation', 'right', 'wrong'),
    [
        (int, [3, -1], ['3', 3.0, True, None, [3], NAN]),
        (float, [3, 0.5, float('inf')], ['3', True, None, NAN, [0.5]]),
        (bool, [True, False], [1, 0, 'True', None]),
        (str, ['', 'x'], [3, None, ['x']]),
        (int | None, [3, None], ['3', False]),
        (str | list[str] | None, ['x', ['x'], None], [3, [3], [None]]),
        (Sequence[int], [[1], (1, 2), []], [1, 'x', ['x'], None]),
        (tuple[float, float], [(0, 1), [0.5, 2]], [(0,), (0, 1, 2), (None, 1)]),
        (tuple[int, ...], [(), [1, 2, 3]], [('x',), 3]),
        (dict, [{}, ConfigDict(a=1)], [3, 'x', [], None]),
        (Mapping[int, str], [{}], [3, []]),
        (Literal['a', 'b'], ['a'], ['c', None]),
        (str | os.PathLike, ['x'], [3, []]),
        (Path, ['x'], [3, []]),
        (nn.Module, [dict(type='x'), nn.ReLU()], [3, 'x', []]),
        (float | Tensor, [1, 0.5, dict(type='x')], ['x', None]),
        (Any, [3, None, 'x', []], []),
        (Iterable[int], [[1], 'x'], []),  # many things are one
    ],
)
def test_what_fits(annotation, right, wrong):
    assert all(fits(value, annotation) for value in right)
    assert not any(fits(value, annotation) for value in wrong)


@pytest.mark.parametrize(
    ('annotation', 'words'),
    [
        (int | None, 'a whole number or None'),
        (Sequence[str], 'a list of a text'),
        (tuple[float, float], '2 of a number in a list'),
        (nn.Module | dict, 'a dict for Module or a dict'),
        (Literal['a', 'b'], "one of ('a', 'b')"),
    ],
)
def test_what_is_expected_in_words(annotation, words):
    assert in_words(annotation) == words


class Parent:
    def __init__(self, size: 'int', name: 'NowhereDefined' = None):  # noqa: F821
        self.size, self.name = size, name


class Child(Parent):
    def __init__(self, depth: 'float' = 1.0, **kwargs):
        super().__init__(**kwargs)


class Looking(Parent):
    """Reads the names that it hands on, so that others cannot be told."""

    def __init__(self, **kwargs):
        assert all(kwargs)
        super().__init__(**kwargs)


def test_annotations_of_parents_that_are_kept_as_text():
    found = accepted(Child)
    kinds = {name: p.annotation for name, p in found.parameters.items()}
    assert kinds == dict(depth=float, size=int, name=Any)
    assert found.closed and found.needed == ['size']


def test_types_are_known_where_names_are_not():
    found = accepted(Looking)
    assert found.parameters['size'].annotation is int
    assert not found.closed and not found.needed
