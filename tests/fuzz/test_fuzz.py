"""A sample of malformed inputs, and whether the judge sees what is wrong."""

import importlib
from dataclasses import replace

import numpy as np
import pytest

from fss_mm.datasets.transforms import LoadFewShotMask
from fss_mm.utils import checkpoint_files
from tests.fuzz.__main__ import draw, draw_cases
from tests.fuzz.config_values import FIELDS
from tests.fuzz.outcomes import FAILED, MESSAGE, RESULT, outcome_of
from tests.fuzz.workers import run_case, run_cases

SAMPLE = draw_cases(60, 0)


@pytest.mark.parametrize('number', range(len(SAMPLE)))
def test_a_message_or_a_correct_result(number, tmp_path):
    outcome = run_case(SAMPLE[number], tmp_path)
    assert outcome.what in (MESSAGE, RESULT), f'{outcome.text}: {SAMPLE[number]}'


def untouched(part):
    module = importlib.import_module(f'tests.fuzz.{part}')
    (case,) = draw(module.cases('untouched'), 1, 0)
    return case


def test_a_wrong_mask_is_seen(tmp_path, monkeypatch):
    load = LoadFewShotMask.transform

    def load_shifted(self, results):
        results = load(self, results)
        results['gt_seg_map'] = np.roll(results['gt_seg_map'], 1, axis=0)
        return results

    monkeypatch.setattr(LoadFewShotMask, 'transform', load_shifted)
    outcome = run_case(untouched('folders'), tmp_path)
    assert outcome.what == FAILED and 'silently wrong mask' in outcome.text


def test_a_wrong_weight_is_seen(tmp_path, monkeypatch):
    read = checkpoint_files.read_checkpoint

    def read_changed(*args):
        found = read(*args)
        next(iter(found['state_dict'].values())).add_(1)
        return found

    name = 'fss_mm.engine.checkpoint_schemes.read_checkpoint'
    monkeypatch.setattr(name, read_changed)
    outcome = run_case(untouched('checkpoints'), tmp_path)
    assert outcome.what == FAILED and 'silently wrong weights' in outcome.text


def test_a_value_that_nobody_takes_is_seen(tmp_path, monkeypatch):
    case = dict(
        part='configs', kind='value of a known field', base='simprop_fold0', value=2,
        tool='train', way='file', path='train_dataloader.dataset.side',
    )  # fmt: skip
    assert run_case(case, tmp_path).what == RESULT
    field = replace(FIELDS[case['path']], read=lambda runner: 32)
    monkeypatch.setitem(FIELDS, case['path'], field)
    (tmp_path / 'again').mkdir()
    outcome = run_case(case, tmp_path / 'again')
    assert outcome.what == FAILED and 'silently another value' in outcome.text


def test_a_config_that_is_not_checked_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr('fss_mm.engine.config_check._unknown', lambda *_: ())
    case = dict(
        part='configs', kind='misspelt key', base='simprop_fold0', tool='train',
        way='file', path='env_cfg.cudnn_benchmark', how='swapped', place=3,
    )  # fmt: skip
    outcome = run_case(case, tmp_path)
    assert outcome.what == FAILED and 'nothing is said' in outcome.text


@pytest.mark.parametrize(
    ('error', 'what'),
    [
        (ValueError('masks/a.png: cut off; fetch it again'), MESSAGE),
        (ValueError('nothing of the input'), FAILED),
        (ValueError("a.png: 'NoneType' object is not iterable"), FAILED),
        (KeyError('a.png'), FAILED),
        (RecursionError('a.png'), FAILED),
    ],
)
def test_which_errors_are_messages(error, what):
    def fail():
        raise error

    assert outcome_of(fail, ['a.png']).what == what


def test_what_hangs_is_ended():
    ((_, outcome),) = run_cases([dict(part='sleeper')], workers=1, seconds=0.2)
    assert outcome.what == FAILED and 'hangs' in outcome.text
