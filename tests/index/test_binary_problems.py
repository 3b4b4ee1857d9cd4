"""What all masks of a class say together."""

import time

import numpy as np

from fss_mm.index.binary_problems import class_doubts, dim_remedies
from fss_mm.index.mask_table import MaskTable


def table_of(masks):
    """Rows of masks that are given as {value: pixels}."""
    rows = [(i, v, n, 0, -1) for i, m in enumerate(masks) for v, n in m.items()]
    rows = np.array(rows)
    names = tuple(map(str, range(len(masks))))
    return MaskTable(names, names, rows[:, 0], rows[:, 1:])


def test_each_class_is_judged_by_its_own_masks():
    masks = [{0: 9, 255: 1}, {0: 8, 100: 1, 200: 1}, {0: 9, 40: 1}, {0: 9, 60: 1}]
    table = table_of([*masks, *masks])
    classes = {name: np.array([i, i + 4]) for i, name in enumerate('abcd')}
    together = class_doubts(table, classes)
    alone = [x for name in classes for x in class_doubts(table, {name: classes[name]})]
    assert together == alone
    assert [line[:30] for line in together] == ['b (values 100, 200 beside 200)']
    remedies = dim_remedies(table, classes)
    assert sorted(remedies) == [2, 3, 6, 7]  # of the classes c and d
    assert all('--foreground nonzero' in why for why in remedies.values())


def test_a_thousand_classes_take_no_longer_than_one():
    edge = {value: 1 for value in range(0, 256, 5)}
    table = table_of([edge] * 8000)
    classes = {str(c): np.arange(c, 8000, 1000) for c in range(1000)}
    start = time.perf_counter()
    assert class_doubts(table, classes) == []
    assert time.perf_counter() - start < 3  # it was ten times that
