"""A list of pairs that is not the published one is a deviation, and is said."""

import hashlib
import pickle
from dataclasses import replace

import pytest
from mmengine.config import Config

from fss_mm.engine.hooks.run_description_hook import remarks
from fss_mm.protocols import (
    follow_in_training,
    load_protocol,
    plan_tests,
    write_tests,
)
from fss_mm.protocols.known_lists import list_deviations
from tests.conftest import ROOT

TEXT = 'a__01\na__02\nb__01\n'


def protocol(kind='FewShotPascalDataset', **known):
    own = load_protocol('hsnet', kind)
    return replace(own, known_lists=known) if known else own


def deviations(own, part, path, fold=0):
    return list(list_deviations(own, part, path, fold))


def write_lists(folder, kind, suffix, content):
    for part in ('trn', 'val'):
        (folder / part).mkdir(exist_ok=True)
        for fold in range(4):
            (folder / part / f'fold{fold}.{suffix}').write_bytes(content)
    return folder


def test_the_published_list_passes(tmp_path):
    md5 = hashlib.md5(TEXT.encode()).hexdigest()
    own = protocol(test=[dict(pairs=3, images=2, md5=md5)])
    path = tmp_path / 'fold{fold}.txt'
    for text in (TEXT, TEXT.replace('\n', '\r\n')):
        (tmp_path / 'fold0.txt').write_bytes(text.encode())
        assert deviations(own, 'test', path) == []
    (tmp_path / 'fold0.txt').write_text(TEXT.replace('b', 'c'))
    (said,) = deviations(own, 'test', path)
    assert 'fold0.txt is not the published list: md5 ' in said and md5 in said
    (tmp_path / 'fold0.txt').write_text('a__01\nb__01\n')
    assert deviations(own, 'test', path)[0].endswith('pairs 2 instead of 3')


def test_what_is_not_known_or_not_there_is_passed_over(tmp_path):
    own = protocol(test=[dict(pairs=1)])
    for fold in (1, None):
        path = tmp_path / ('fold{fold}.txt' if fold else 'x.txt')
        (tmp_path / 'x.txt').write_text(TEXT)
        (tmp_path / 'fold1.txt').write_text(TEXT)
        assert deviations(own, 'test', path, fold) == []
    assert deviations(own, 'test', tmp_path / 'fold{fold}.txt', 0) == []


def test_the_lists_of_other_folds_are_each_compared(tmp_path):
    own = protocol(train=[dict(pairs=9), dict(pairs=3), dict(pairs=4), dict(pairs=3)])
    for fold in range(4):
        (tmp_path / f'fold{fold}.txt').write_text(TEXT)
    (said,) = deviations(own, 'train', tmp_path / 'fold{other_fold}.txt', 0)
    assert 'fold2.txt' in said and said.endswith('pairs 3 instead of 4')


def test_what_is_published():
    """HSNet's lists: PASCAL-5^i of two folds, COCO-20^i of all."""
    pascal, coco = protocol(), protocol('FewShotCOCODataset')
    assert [x['pairs'] for x in pascal.known_lists['test']] == [346, 451]
    own = [x['pairs'] for x in pascal.known_lists['train']]
    # what training has with a fold held out: the lists of the three others
    held_out = [sum(own) - pairs for pairs in own]
    assert held_out == [11_394, 10_255, 7_797, 11_594]
    assert sum(x['pairs'] for x in coco.known_lists['test']) == 82_573
    assert [len(coco.known_lists[part]) for part in ('train', 'test')] == [4, 4]


@pytest.mark.parametrize(
    ('name', 'suffix', 'content', 'number', 'published'),
    [
        ('fold0', 'txt', TEXT.encode(), 3, 346),
        ('coco-20i_fold0', 'pkl', pickle.dumps({0: ['val2014/a.jpg']}), 1, 35783),
    ],
)
def test_tests_and_trainings_say_so(tmp_path, name, suffix, content, number, published):
    write_lists(tmp_path, name, suffix, content)
    cfg = Config.fromfile(ROOT / f'configs/simprop/{name}.py')
    write_tests(cfg, plan_tests(cfg, ['hsnet'], str(tmp_path)))
    (said,) = cfg.tests.hsnet.deviations
    assert said.endswith(
        f'fold0.{suffix} is not the published list: pairs {number} instead of '
        f'{published}'
    )
    assert f'test (hsnet): {said}' in list(remarks(cfg)), 'a warning of the log'
    cfg = Config.fromfile(ROOT / f'configs/simprop/{name}.py')
    own = load_protocol('hsnet', cfg.train_dataloader.dataset.type)
    follow_in_training(cfg, own, str(tmp_path))
    notes = list(remarks(cfg))
    assert said in notes and any('/trn/' in note for note in notes)
