"""JSONs of other kinds than they have to be are told by the place and the value."""

import json

import pytest

from fss_mm.index.coco_json import read_coco
from fss_mm.index.json_entries import (
    ID,
    POINTS,
    SIZE,
    TEXT,
    read_json_file,
    require_entries,
)

NO = [None, True, [], {}, float('nan'), float('inf'), -1, 0, 0.5, 10**400, '']


def test_which_values_fit():
    assert [SIZE.fits(value) for value in (1, 3.0, *NO)] == [True] * 2 + [False] * 11
    assert [ID.fits(v) for v in (0, '7', 1.5, True, None, [1])] == [True] * 3 + [
        False
    ] * 3
    assert TEXT.fits('') and not TEXT.fits(3)
    assert POINTS.fits([[1, 2.5]]) and POINTS.fits([])
    for points in ([[1]], [[1, 2, 3]], [1, 2], [['1', 2]], 3, [[1, float('nan')]]):
        assert not POINTS.fits(points)


@pytest.mark.parametrize(
    ('entries', 'text'),
    [
        ({}, 'things is {}, expected a list'),
        ([dict(n='a'), 3], r'things\[1\] is 3, expected an object'),
        ([{}], r'things\[0\].n is missing, expected a text'),
        ([dict(n=None)], r'things\[0\].n is null, expected a text'),
        ([dict(n=['x' * 99])], r'things\[0\].n is \["x{38}\.\.\., expected a text'),
        ([dict(n='a', m=3)], r'things\[0\].m is 3, expected a text'),
    ],
)
def test_the_first_wrong_value_is_named(entries, text):
    fields = dict(n=TEXT, m=TEXT._replace(optional=True))
    require_entries([dict(n='a'), dict(n='b', m=None)], 'things', fields)
    with pytest.raises(ValueError, match=f'^{text}$'):
        require_entries(entries, 'things', fields)


@pytest.mark.parametrize(
    ('content', 'text'),
    [
        (b'\x81', r'no text in UTF-8 \(byte 0\)'),
        (b'[' * 100_000, 'lists in lists without end'),
        (b'{"a"', 'Expecting'),
    ],
)
def test_files_that_are_no_json(tmp_path, content, text):
    (tmp_path / 'a.json').write_bytes(content)
    with pytest.raises(ValueError, match=text):
        read_json_file(tmp_path / 'a.json')


@pytest.mark.parametrize('table', [3, [], 'x', None, dict(images=[])])
def test_other_values_than_a_table(tmp_path, table):
    (tmp_path / 'a.json').write_text(json.dumps(table))
    with pytest.raises(ValueError, match=r"a.json has no \['annotations', 'categ.*; "):
        read_coco(tmp_path / 'a.json', {})


def test_ids_may_be_text(tmp_path):
    """They are taken in order: numbers first."""
    categories = [dict(id=i, name=n) for i, n in (('b', 'wren'), (2, 'owl'))]
    table = dict(
        images=[dict(id='x', file_name='a.png', height=4, width=5)],
        annotations=[dict(id=1, image_id='x', category_id=i) for i in ('b', 2)],
        categories=categories,
    )
    (tmp_path / 'a.json').write_text(json.dumps(table))
    found = read_coco(tmp_path / 'a.json', dict(a='a.png'))
    assert found.classes == ('owl', 'wren') and found.images['a'].size == (4, 5)
    assert [i.class_id for i in found.images['a'].instances] == [2, 1]
