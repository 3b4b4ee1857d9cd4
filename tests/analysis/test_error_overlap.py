"""Errors that a few-shot and a supervised model share."""

import json

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate

from fss_mm.analysis.class_means import CountedEpisodes
from fss_mm.analysis.error_overlap import (
    COUNTS,
    RATIOS,
    describe_errors,
    error_counts,
    error_ratios,
    measure_errors,
    supervised_masks,
)
from fss_mm.analysis.subject import open_subject
from fss_mm.analysis.supervised import open_supervised
from fss_mm.datasets.shapes_scene import SHAPE_CLASSES
from fss_mm.evaluation.report import plain
from fss_mm.utils.config_options import read_config
from tests.analysis.toys import write_prototype, write_supervised

# a row of ten pixels: six of the class, three of the background, one ignored
TRUTH = np.array([[1, 1, 1, 1, 1, 1, 0, 0, 0, 255]])
FEW = np.array([[1, 1, 0, 0, 0, 0, 1, 1, 0, 1]]) == 1
SUPERVISED = np.array([[1, 1, 1, 1, 1, 0, 1, 0, 0, 0]]) == 1


def test_hand_computed_counts_and_ratios():
    counts = error_counts(FEW, SUPERVISED, TRUTH)
    named = dict(zip(COUNTS, counts))
    assert named == dict(
        few_tp=2, few_fn=4, few_fp=2,
        supervised_tp=5, supervised_fn=1, supervised_fp=1,
        both_fn=1, both_fp=1, background=3,
    )  # fmt: skip
    ratios = dict(zip(RATIOS, error_ratios(np.array(counts))))
    expected = dict(
        fn_overlap=25, fn_by_chance=100 / 6, fp_overlap=50, fp_by_chance=100 / 3,
        tp_gap=50, few_shot_iou=25, supervised_iou=500 / 7, iou_gap=500 / 7 - 25,
        fn_of_either=25, fp_of_either=50, fn_of_supervised=100, fp_of_supervised=100,
    )  # fmt: skip
    assert ratios == pytest.approx(expected)


def test_invariants():
    """A model against itself shares all errors; against the truth none."""
    few, itself = dict(), error_counts(FEW, FEW, TRUTH)
    few = dict(zip(RATIOS, error_ratios(np.array(itself))))
    assert few['fn_overlap'] == few['fp_overlap'] == few['fn_of_either'] == 100
    assert few['tp_gap'] == few['iou_gap'] == 0
    right = error_counts(FEW, TRUTH == 1, TRUTH)
    few = dict(zip(RATIOS, error_ratios(np.array(right))))
    assert few['fn_overlap'] == few['fp_overlap'] == few['fn_by_chance'] == 0
    assert few['supervised_iou'] == 100 and np.isnan(few['fn_of_supervised'])


def test_a_supervised_model_that_is_no_yardstick_is_told():
    for pair, told in ((FEW, SUPERVISED), False), ((SUPERVISED, FEW), True):
        counts = np.array([error_counts(*pair, TRUTH)])
        errors = {'a': CountedEpisodes(np.array([1]), counts)}
        text = describe_errors(errors, ('ant',), {}).text()
        assert ('has a lower mIoU than a' in text) == told


def test_independent_errors_overlap_as_chance_says():
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, (400, 400))
    few, other = random.random((2, 400, 400)) < 0.7
    ratios = dict(zip(RATIOS, error_ratios(np.array(error_counts(few, other, truth)))))
    assert ratios['fn_overlap'] == pytest.approx(ratios['fn_by_chance'], abs=1)
    assert ratios['fp_overlap'] == pytest.approx(ratios['fp_by_chance'], abs=1)


def test_means_are_over_classes_of_counts_that_are_summed():
    """Two episodes of one class are one sum; the other class weighs as much."""
    one, two = error_counts(FEW, SUPERVISED, TRUTH), (1, 3, 0, 4, 0, 0, 0, 0, 6)
    ids, counts = np.array([1, 1, 2]), np.array([one, two, one])
    errors = {'a': CountedEpisodes(ids, counts)}
    result = describe_errors(errors, ('ant', 'bee'), {'a': {}, 'supervised': {}})
    found = result.values['models']['a']
    assert found['by_class']['ant']['fn_overlap']['value'] == pytest.approx(100 / 7)
    assert found['mean']['fn_overlap']['value'] == pytest.approx((100 / 7 + 25) / 2)
    assert '| a     |' in result.text() and result.picture[:4] == b'\x89PNG'
    json.dumps(plain(result.values), allow_nan=False)


@pytest.fixture
def subject(tmp_path):
    torch.manual_seed(0)
    return open_subject(read_config(write_prototype(tmp_path)))


def test_counts_of_real_models_are_those_of_the_plain_way(subject, tmp_path):
    supervised = open_supervised(*write_supervised(tmp_path), subject)
    masks = supervised_masks(supervised)
    found = measure_errors(subject, masks)
    expected = []
    for episode in subject.episodes:
        item = subject.dataset[episode]
        with torch.no_grad():
            sample = subject.model.test_step(pseudo_collate([item]))[0]
        few = sample.pred_sem_seg.data[0].numpy() == 1
        truth = item['data_samples'].gt_sem_seg.data[0].numpy()
        grey = item['inputs']['query'].float().numpy().mean(0) / 127.5 - 1
        label = np.select([grey > 0.5, grey < -0.5], [1, 2], 0)
        other = label == episode.class_id
        errors = [few, other, truth == 1]
        row = []
        for own in errors[:2]:
            row += [(own & errors[2]).sum(), (~own & errors[2]).sum()]
            row += [(own & ~errors[2]).sum()]
        row += [(~few & ~other & errors[2]).sum(), (few & other & ~errors[2]).sum()]
        expected.append((episode.class_id, *row, (~errors[2]).sum()))
    rows = np.column_stack([found.class_ids, found.counts]).tolist()
    assert sorted(rows) == sorted([list(map(int, row)) for row in expected])
    assert len(rows) == 12 and found.counts[:, 3].sum() > 0, 'it finds something'


def test_the_checkpoint_names_the_classes(subject, tmp_path):
    upper = tuple(name.upper() for name in SHAPE_CLASSES[:20])
    meta = dict(dataset_meta=dict(classes=('ground', *upper)))
    written = write_supervised(
        tmp_path, ('ground', *reversed(SHAPE_CLASSES[:20])), meta
    )
    found = open_supervised(*written, subject)
    known = [subject.dataset.classes[c - 1] for c in subject.dataset.episode_classes]
    places = {name: SHAPE_CLASSES.index(name) + 1 for name in known}
    assert found.model.labels == places and found.facts['classes'] == 21
    meta = dict(dataset_meta=dict(classes=('a', 'b')))
    with pytest.raises(ValueError, match='the model has 3 classes, and its data set'):
        open_supervised(*write_supervised(tmp_path, ('x', 'y', 'z'), meta), subject)
    with pytest.raises(ValueError, match=r'does not know .* its labels are x, y, z'):
        open_supervised(*write_supervised(tmp_path, ('x', 'y', 'z')), subject)


def test_what_is_no_supervised_model(subject, tmp_path):
    config, weights = write_supervised(tmp_path, ('ground', *SHAPE_CLASSES[:20]))
    few = write_prototype(tmp_path)
    with pytest.raises(ValueError, match='expected a segmentor of mmseg'):
        open_supervised(few, weights, subject)
    with pytest.raises(FileNotFoundError, match='is no checkpoint'):
        open_supervised(config, tmp_path / 'lost.pth', subject)
    other = tmp_path / 'other'
    other.mkdir()
    _, weights = write_supervised(other, ('ground', 'a', 'b'))
    with pytest.raises(ValueError, match='is of another model'):
        open_supervised(config, weights, subject)
