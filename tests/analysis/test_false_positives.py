"""On which objects false positives lie."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from fss_mm.analysis.false_positives import (
    COUNTS,
    KINDS,
    RATIOS,
    classes_trained,
    describe_taken,
    measure_taken,
    taken_counts,
    taken_ratios,
)
from fss_mm.analysis.subject import open_subject
from fss_mm.utils.config_options import read_config
from tests.analysis.toys import write_prototype

TRAINED, HELD_OUT, NEITHER, UNLABELLED = range(len(KINDS))


def test_hand_computed_counts_and_ratios():
    truth = np.array([[1, 1, 1, 1, 0, 0, 0, 0, 0, 255]])
    taken = np.array([[1, 1, 1, 0, 1, 0, 1, 0, 0, 1]]) == 1
    kinds = np.array([[0, 0, 0, 0, *[TRAINED] * 2, *[UNLABELLED] * 3, TRAINED]])
    counts = taken_counts(taken, truth, kinds)
    assert dict(zip(COUNTS, counts)) == dict(
        own_taken=3, own_all=4, trained_taken=1, trained_all=2,
        held_out_taken=0, held_out_all=0, neither_taken=0, neither_all=0,
        unlabelled_taken=1, unlabelled_all=3,
    )  # fmt: skip
    ratios = dict(zip(RATIOS, taken_ratios(np.array(counts))))
    nan = float('nan')
    assert ratios == pytest.approx(
        dict(
            taken_own=75, taken_trained=50, taken_held_out=nan, taken_neither=nan,
            taken_unlabelled=100 / 3,
            share_trained=50, share_held_out=0, share_neither=0, share_unlabelled=50,
        ),
        nan_ok=True,
    )  # fmt: skip


@pytest.fixture(scope='module')
def subject(tmp_path_factory):
    cfg = read_config(write_prototype(tmp_path_factory.mktemp('config')))
    return open_subject(cfg)


def test_counts_are_those_of_the_masks(subject):
    """All pixels are counted once, those of a kind where its masks are."""
    known = classes_trained([subject])
    assert known == subject.dataset.base_classes, 'without weights'
    some = known[::2]
    found = measure_taken(subject, some)
    expected = []
    for episode in subject.episodes:
        _, mask = subject.dataset.scene(episode.query, image=False)
        own = mask == episode.class_id
        held_out = np.isin(mask, subject.dataset.novel_classes) & ~own
        trained = np.isin(mask, some) & ~own
        neither = (mask > 0) & ~own & ~held_out & ~trained
        places = own, trained, held_out, neither, mask == 0
        expected.append((episode.class_id, *(int(x.sum()) for x in places)))
    measured = zip(found.class_ids.tolist(), *found.counts[:, 1::2].T.tolist())
    assert sorted(measured) == sorted(expected)


def test_the_trained_classes_are_those_that_weights_tell(subject):
    """By any of VOC's and COCO's names; of several models all of them."""
    one, two, *_ = subject.dataset.base_classes
    names = [subject.dataset.classes[c - 1] for c in (one, two)]
    seen = [
        SimpleNamespace(dataset=subject.dataset, trained=(name.upper(),))
        for name in names
    ]
    assert subject.trained == (), 'without weights'
    assert classes_trained([seen[0], subject]) == (one,)
    assert classes_trained(seen) == (one, two)


def test_weights_tell_what_they_were_trained_on(subject, tmp_path):
    known = dict(classes=('owl', 'wren', 'mug'), base_classes=(1, 3))
    torch.save(dict(meta=dict(dataset_meta=known), state_dict={}), tmp_path / 'a.pth')
    assert replace(subject, checkpoint=tmp_path / 'a.pth').trained == ('owl', 'mug')


def test_page(subject):
    result = describe_taken(
        {'a': measure_taken(subject, (1,))},
        subject.dataset.classes,
        {'a': subject.facts},
    )
    assert 'false positives on base classes' in result.text()
    assert result.picture[:4] == b'\x89PNG'
    assert set(result.values['models']['a']['mean']) == set(RATIOS)
