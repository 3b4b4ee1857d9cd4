"""Tables: planned, run by a function that writes what runs leave, resumed, refused."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config

from fss_mm.utils.config_options import read_config
from fss_mm.utils.file_lock import one_at_a_time
from fss_mm_cli.main import command_parser
from fss_mm_cli.reproduction import keys, preparing, running
from fss_mm_cli.reproduction.budgets import BUDGET_OF, apply_budget
from fss_mm_cli.reproduction.command import run_table
from fss_mm_cli.reproduction.kinds import DATA, TESTS
from fss_mm_cli.reproduction.plan_text import state_word
from fss_mm_cli.reproduction.planning import prepared_configs
from fss_mm_cli.reproduction.preparing import config_as_run
from fss_mm_cli.reproduction.runs import Group
from fss_mm_cli.reproduction.tables import (
    named_table,
    on_data,
    own_table,
    table_names,
)
from fss_mm_cli.reproduction.text import format_results
from tests.conftest import FOUR, write_mask
from tests.evaluation.records import report_of

ROWS = ['shapes/simprop/table4_canet', 'shapes/simprop/table4_dpr']


class Calls:
    """Writes what trainings and tests leave; fails where it is told to."""

    def __init__(self, fails=lambda words: False, iterations=8):
        self.fails, self.iterations, self.words = fails, iterations, []

    def __call__(self, words, log):
        self.words.append(words)
        assert log.parent.is_dir() and words[1].endswith('.py')
        if self.fails(words):
            raise ChildProcessError(f'{words[0]} failed: no reason (log: {log})')
        folder = log.parent
        if words[0] == 'train':
            self.train(folder, self.iterations)
        else:
            path = words[words.index('--report') + 1]
            iou = 6 if 'dpr' in words[1] else 4
            fold = int(words[words.index('--fold') + 1])
            with open(path, 'w') as file:
                json.dump(report_of(iou + fold, fold=fold), file)

    def train(self, folder, iteration):
        point = dict(meta=dict(iter=iteration, runs=[('a', 0)]))
        for name in (f'iter_{iteration}', f'best_mIoU_iter_{iteration}'):
            torch.save(point, folder / f'{name}.pth')

    @property
    def kinds(self):
        return [words[0] for words in self.words]


@pytest.fixture
def make(tmp_path):
    """Run a table of two rows on two folds; returns the calls."""

    def run(*words, rows=ROWS, calls=None, tests=('1shot',), weights=None):
        calls = calls or Calls()
        given = ['table', *rows, '--folds', '0', '1', '--show-episodes', '0', *words]
        args = command_parser(['table']).parse_args(list(map(str, given)))
        table = own_table(rows, tests, weights)
        run_table(table, '', tmp_path / 'work', args, calls)
        return calls

    return run


def test_a_run_is_made_once(make, tmp_path, capsys):
    first = make('--checkpoint', 'last')
    assert sorted(first.kinds) == ['test'] * 4 + ['train'] * 4
    text = capsys.readouterr().out
    assert '[8/8] ' in text
    work = tmp_path / 'work'
    assert (work / 'table.md').read_text() in text and (work / 'table.png').is_file()
    (line,) = [
        x for x in text.splitlines() if x.startswith('| shapes_simprop_table4_c')
    ]
    scores = [report_of(4 + fold)['mean']['mIoU'] for fold in (0, 1)]
    assert f' {scores[0]:.1f} |' in line and f' {sum(scores) / 2:.1f} ' in line
    again = make('--checkpoint', 'last')
    assert again.words == []
    more = make('--checkpoint', 'both', tests=('1shot', 'identical'))
    assert more.kinds == ['test'] * 12, 'two checkpoints, and another test of both'
    best = [words for words in more.words if '1shot' in words[1]]
    assert all('best_mIoU_iter_8.pth' in words[2] for words in best)
    lines = json.loads((work / 'table.json').read_text())['lines']
    last = [line for line in lines if line['checkpoint'] == 'last']
    dpr = next(x for x in last if 'dpr' in x['row'] and x['test'] == '1shot')
    measured = dpr['difference']
    assert measured['lower'] < measured['difference'] < measured['upper']
    assert measured['difference'] == pytest.approx(200 / 12, abs=1e-6)


def test_seeds_give_a_spread(make, tmp_path):
    calls = make('--checkpoint', 'last', '--seeds', 0, 3, rows=ROWS[:1])
    seeds = [w[w.index('--seed') + 1] for w in calls.words if w[0] == 'train']
    assert seeds == ['0', '0', '3', '3']
    (line,) = json.loads((tmp_path / 'work/table.json').read_text())['lines']
    assert line['trainings'] == 2 and line['std'] == 0.0
    assert all(fold['std'] == 0.0 for fold in line['folds'].values())


def test_one_training_serves_all_rows(make):
    calls = make('--checkpoint', 'last', weights='shapes/simprop_fold0')
    assert sorted(calls.kinds) == ['test'] * 4 + ['train'] * 2
    assert all(
        'shapes_simprop_fold0/fold' in w[2] for w in calls.words if w[0] == 'test'
    )
    make('--checkpoint', 'last', rows=['shapes/simprop_fold0'], calls=calls)
    assert calls.kinds.count('train') == 2, 'the same one'


def test_a_failing_row_stops_no_other(make, tmp_path, capsys):
    calls = Calls(lambda words: words[0] == 'train' and 'canet' in words[1])
    with pytest.raises(
        ChildProcessError, match='canet/fold0_seed0/train: train failed'
    ):
        make('--checkpoint', 'last', calls=calls)
    assert calls.kinds.count('test') == 2
    text = capsys.readouterr().out
    assert (
        'not run: its training failed' in text
        and '| shapes_simprop_table4_dpr |' in text
    )
    assert make('--checkpoint', 'last').kinds == ['train', 'test'] * 2, (
        'it is tried again'
    )


def test_a_killed_training_goes_on(make, tmp_path):
    """From its last checkpoint; from nothing where it has none."""
    folder = tmp_path / 'work/shapes_simprop_table4_canet'

    class Killed(Calls):
        def __call__(self, words, log):
            if words[0] == 'train' and 'fold0_' in words[1]:
                self.train(log.parent, 4)
            if words[0] == 'train' and 'fold1_' in words[1]:
                (log.parent / 'best_mIoU_iter_2.pth').touch()
            raise ChildProcessError('train was killed by signal 9')

    with pytest.raises(ChildProcessError, match='killed by signal 9'):
        make('--checkpoint', 'last', rows=ROWS[:1], calls=Killed())
    calls = make('--checkpoint', 'last', rows=ROWS[:1])
    assert ['--resume' in w for w in calls.words if w[0] == 'train'] == [True, False]
    assert not (folder / 'fold1_seed0/best_mIoU_iter_2.pth').exists()
    runs = json.loads((tmp_path / 'work/runs.json').read_text())['runs']
    names = [f'shapes_simprop_table4_canet/fold{f}_seed0/train' for f in (0, 1)]
    assert [runs[name]['iterations'] for name in names] == [4, 8]


def test_other_masks_are_other_data(voc_tree):
    """The same masks elsewhere, too: a ledger says what it was made with."""

    def key(root):
        part = dict(
            type='FewShotSegDataset', data_root=str(root), img_dir='JPEGImages',
            mask_dir='SegmentationClassAug', split='ImageSets/Segmentation/val.txt',
            metainfo=FOUR, fold=0,
        )  # fmt: skip
        cfg = Config(dict(test_dataloader=dict(dataset=part)))
        keys._data_key.cache_clear()
        return keys.data_key(cfg)

    first = key(voc_tree)
    assert key(voc_tree) == first
    moved = voc_tree.rename(voc_tree.with_name('moved'))
    assert key(moved) != first
    moved.rename(voc_tree)
    mask = np.zeros((30, 40), np.uint8)
    mask[3:9, 4:12] = 2
    write_mask(voc_tree / 'SegmentationClassAug/1_1.png', mask)
    assert key(voc_tree) != first


@pytest.mark.parametrize('hashed', ['config_key', 'code_key', 'data_key'])
def test_what_others_made_is_refused(make, tmp_path, monkeypatch, hashed):
    make('--checkpoint', 'last', rows=ROWS[:1])
    before = (tmp_path / 'work/runs.json').read_bytes()
    monkeypatch.setattr(preparing, hashed, lambda cfg: 'other')
    name = hashed.removesuffix('_key')
    with pytest.raises(ValueError, match=f'other {name} .* by --again') as error:
        make('--checkpoint', 'last', rows=ROWS[:1])
    assert '(4 runs in all)' in str(error.value)
    assert (tmp_path / 'work/runs.json').read_bytes() == before
    if hashed == 'code_key':
        assert make('--checkpoint', 'last', '--any-code', rows=ROWS[:1]).words == []
    calls = make('--checkpoint', 'last', '--again', rows=ROWS[:1])
    assert sorted(calls.kinds) == ['test'] * 2 + ['train'] * 2


def test_short_lists_are_not_the_configs_own(make, tmp_path):
    """The training is the same; its test is told of, and refused."""
    few = '--checkpoint', 'last', '--folds', '0'
    make(*few, '--num-episodes', 20, rows=ROWS[:1])
    text = (tmp_path / 'work/table.md').read_text()
    assert 'schedules, lists of 20 episodes;' in text and 'ours (own lists)' in text
    with pytest.raises(ValueError, match='other num_episodes 20 instead of None'):
        make(*few, rows=ROWS[:1])
    assert make(*few, '--again', rows=ROWS[:1]).kinds == ['test']


def test_tests_of_former_weights_are_made_again(make, monkeypatch):
    make('--checkpoint', 'last', weights='shapes/simprop_fold0')
    monkeypatch.setattr(preparing, 'code_key', lambda cfg: 'other')
    make('--checkpoint', 'last', '--again', rows=['shapes/simprop_fold0'])
    calls = make('--checkpoint', 'last', '--any-code', weights='shapes/simprop_fold0')
    assert calls.kinds == ['test'] * 4


def test_a_missing_checkpoint_is_said(make, tmp_path):
    make('--checkpoint', 'last', rows=ROWS[:1])
    folder = tmp_path / 'work/shapes_simprop_table4_canet/fold1_seed0'
    (folder / 'best_mIoU_iter_8.pth').unlink()
    message = 'fold1_seed0/train is finished, but no best_mIoU_iter_'
    with pytest.raises(ValueError, match=message):
        make('--checkpoint', 'best', rows=ROWS[:1])
    assert make('--checkpoint', 'last', rows=ROWS[:1]).words == [], 'nobody asks for it'


@pytest.mark.parametrize('command', ['table', 'reproduce'])
def test_a_missing_data_set_is_a_line(call, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    name = dict(table='simprop/table4_canet', reproduce='simprop/table4')[command]
    code, out, errors = call(command, name, '--folds', '0', '--work-dir', 'work')
    assert (code, out) == (2, '')
    (line,) = errors.splitlines()
    assert line.startswith('error: ') and 'data/VOCdevkit/VOC2012' in line
    assert not (tmp_path / 'work').exists(), 'nothing has begun'
    code, out, _ = call(command, name, '--folds', '0', '--dry-run')
    assert code == 0 and 'hours of 100,000 steps' in out


def test_two_in_one_folder(make, tmp_path):
    (tmp_path / 'work').mkdir()
    with one_at_a_time([tmp_path / 'work/.lock']):
        with pytest.raises(ValueError, match='is worked in by another process'):
            make()
    assert make('--checkpoint', 'last', rows=ROWS[:1]).words


def test_a_spoilt_ledger_is_said(make, tmp_path):
    (tmp_path / 'work').mkdir()
    (tmp_path / 'work/runs.json').write_text('{"runs": 1}')
    with pytest.raises(ValueError, match='is no ledger of this version'):
        make()


def test_an_interrupt_ends_what_runs(make):
    class Interrupted(Calls):
        stopped = False

        def __call__(self, words, log):
            raise KeyboardInterrupt

        def stop(self):
            self.stopped = True

    calls = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        make(calls=calls)
    assert calls.stopped


def test_a_dry_run_says_how_long_the_rest_takes(make, capsys, monkeypatch):
    clock = iter(range(0, 10**6, 1800))
    monkeypatch.setattr(running, 'now', lambda: next(clock))
    make('--checkpoint', 'last', rows=ROWS[:1], calls=Calls(iterations=700))
    capsys.readouterr()
    calls = make('--checkpoint', 'last', '--dry-run', '--seeds', 0, 1)
    assert calls.words == []
    text = capsys.readouterr().out
    canet = next(x for x in text.splitlines() if 'shapes_simprop_table4_canet ' in x)
    assert [x.strip() for x in canet.split('|')[2:-1]] == ['done', 'done'] + [
        'todo'
    ] * 2
    assert text.count('| todo ') == 6
    assert '2 of 8 trainings done, 2 of 8 tests done (tests: 1 shot, last chec' in text
    # canet, seed 1: 2 folds of 1,400 iterations in an hour, and of half an hour of test
    assert '8,400 iterations' in text
    assert 'about 3.0 hours with 1 at once for 4 runs' in text
    assert '8 runs (trainings and tests) of unknown speed' in text


@pytest.mark.parametrize(
    ('training', 'tests', 'word'),
    [
        ('todo', ('todo', 'todo'), 'todo'),
        ('done', ('done', 'done'), 'done'),
        ('done', ('todo', 'done'), 'done, 1 of 2 tests done'),
        ('done', ('todo', 'todo'), 'done, 0 of 2 tests done'),
        ('refused: made with other code', ('todo', 'todo'), 'refused'),
        (None, ('done', 'done'), 'done'),
        (None, ('done', 'todo'), 'todo, 1 of 2 tests done'),
    ],
)
def test_the_state_of_a_training_and_its_tests(training, tests, word):
    names = [SimpleNamespace(name=str(i)) for i in range(len(tests))]
    known = SimpleNamespace(name='t') if training else None
    states = {n.name: s for n, s in zip(names, tests)} | dict(t=training)
    assert state_word(Group(known, names), states) == word


# ---- tables, budgets, words -------------------------------------------------------


@pytest.mark.parametrize('name', table_names())
def test_a_named_table(name):
    """All its configs are there, and figures are published of each row and test."""
    table = named_table(name)
    assert table.title and table.data in DATA
    configs = prepared_configs(table)
    assert configs and all(map(read_config, configs))
    for row in table.rows:
        assert set(row.tests) <= set(TESTS)
        keys = {(test, score) for test in row.tests for score in table.scores}
        assert name == 'methods' or set(row.published) == keys, row.name


def test_figures_are_those_of_the_papers():
    """A hand-picked one of each table, read from the papers' pages."""

    def mean(name, row, test, score='mIoU'):
        rows = {one.name: one for one in named_table(name).rows}
        return rows[row].published[test, score].mean

    assert mean('simprop/table3', 'CANet', '5shot') == 53.81
    assert mean('simprop/table3', 'SimPropNet', '5shot') == 60.04
    assert mean('simprop/table5', 'CANet', 'identical') == 54.86
    assert mean('crnet/table2', 'cross-reference only', '1shot') == 43.3
    assert mean('crnet/table3', '+ multi-scale', '1shot_tta') == 50.3
    assert mean('crnet/table3', '+ multi-level', '1shot_tta') == 55.2
    assert mean('crnet/table4', 'fusion', '10shot') == 49.9
    assert mean('crnet/table5', 'CRNet, VGG-16', '1shot_tta', 'FBIoU') == 66.4
    assert mean('crnet/table6', 'CRNet, ResNet-50', '5shot_tta', 'FBIoU') == 71.5
    assert mean('crnet/table7', 'both', '5shot_fusion') == 45.6
    row = named_table('simprop/table4').rows[2]
    assert row.published['1shot', 'mIoU'].folds == {
        0: 54.16,
        1: 66.71,
        2: 49.11,
        3: 52.0,
    }
    assert row.published['1shot', 'mIoU'].source == 'SimPropNet, Table 4'


def test_a_data_set_names_the_folder_of_a_rows_config():
    table = on_data(named_table('simprop/table4'), 'voc8')
    assert [row.config for row in table.rows][1] == 'voc8/simprop/table4_dpr'
    assert not table.left_out
    table = on_data(named_table('methods'), 'shapes')
    assert 'prototype (no configs/shapes/prototype/fold0.py)' in table.left_out
    with pytest.raises(ValueError, match="crnet/table7 has no row on 'voc8'"):
        on_data(named_table('crnet/table7'), 'voc8')
    with pytest.raises(ValueError, match='there are crnet/table2, '):
        named_table('simprop/table9')


def test_budgets():
    """Lengths, schedulers and validations in proportion."""
    full, short, smoke = (
        config_as_run('shapes/simprop_fold0', BUDGET_OF[name], {})
        for name in ('full', 'short', 'smoke')
    )
    assert full.train_cfg.max_iters == 1400 and short.train_cfg.max_iters == 200
    assert [s.end for s in short.param_scheduler] == [7, 200]
    assert short.train_cfg.val_interval == short.default_hooks.checkpoint.interval == 50
    assert smoke.train_cfg.max_iters == smoke.train_cfg.val_interval == 20
    assert [s.end for s in smoke.param_scheduler] == [1, 20]


@pytest.mark.parametrize(
    'budget, loop, given, wanted',
    [
        # PANet's: 30,000 iterations
        ('short', {}, dict(milestones=[10000, 20000, 30000]), [1000, 2000, 3000]),
        ('smoke', {}, dict(milestones=[10000, 20000, 30000]), [7, 13, 20]),
        ('smoke', {}, dict(milestones=[10, 20, 21000]), [1, 2, 14]),
        ('short', {}, dict(T_max=30000), 3000),
        ('smoke', {}, dict(step_size=100), 1),
        ('smoke', {}, dict(end=100), 1),
        ('smoke', {}, dict(begin=100), 0),
        ('short', dict(max_epochs=10), dict(milestones=[4, 20]), [1, 2]),
    ],
)
def test_schedulers_are_as_short_as_the_training(budget, loop, given, wanted):
    given, (name,) = dict(type='any', **given), given
    loop = dict(val_interval=10) | (loop or dict(max_iters=30000))
    cfg = Config(dict(train_cfg=loop, param_scheduler=[given]))
    apply_budget(cfg, BUDGET_OF[budget])
    assert cfg.param_scheduler[0][name] == wanted
    cfg = Config(dict(train_cfg=loop, param_scheduler=given))
    apply_budget(cfg, BUDGET_OF[budget])
    assert cfg.param_scheduler[name] == wanted, 'one alone, which mmengine allows'


def test_a_run_has_the_recipes_batch():
    """Papers' epochs are of a whole batch; ours run in one process."""
    loaders = [
        config_as_run(f'{name}/fold0', BUDGET_OF['full'], {}).train_dataloader
        for name in ('simprop', 'crnet')
    ]
    assert [loader.batch_size for loader in loaders] == [8, 4]
    cfg = config_as_run('simprop/fold0', BUDGET_OF['smoke'], {})
    assert cfg.train_cfg == dict(
        type='IterBasedTrainLoop', max_iters=20, val_interval=20
    )
    cfg = config_as_run(
        'simprop/fold0', BUDGET_OF['short'], {'train_cfg.max_epochs': 1}
    )
    assert cfg.train_cfg.max_epochs == 1, 'options stand above all'
    assert cfg.train_cfg.val_interval == 200


def test_a_figure_of_another_budget_says_so():
    line = dict(row='a', test='1shot', checkpoint='last', score='mIoU', folds={},
                shown='last', mean=50.0, lower=49.0, upper=51.0, open='')  # fmt: skip
    line['published'] = dict(source='Paper, Table 1', mean=60.0, folds={})
    common = dict(title='T', data='pascal5i', published_on='pascal5i', same_data=True,
                  protocol=None, seeds=[0], folds=[0], one_test_a_row=True,
                  left_out=[], codes=['1'], lists={}, options={},
                  lines=[line])  # fmt: skip
    full = format_results(common | dict(budget=BUDGET_OF['full'].text()))
    smoke = format_results(common | dict(budget=BUDGET_OF['smoke'].text()))
    other = format_results(common | dict(budget='full: all', same_data=False, data='b'))
    assert '| difference |' in full and '-10.0' in full
    assert 'ours (smoke)' in smoke and 'difference' not in smoke
    assert 'published (pascal5i)' in other and 'difference' not in other


def test_words_of_a_test(make):
    calls = make('--budget', 'smoke', rows=ROWS[:1])
    assert calls.kinds == ['train', 'test'] * 2, 'one validation: the best is the last'
    train, test = calls.words[:2]
    assert Path(test[2]).name == 'iter_8.pth'
    assert test[3:] == [
        '--fold', '0', '--shot', '1', '--num-episodes', '20', '--seeds', '0',
        '--work-dir', test[-3], '--report', test[-1],
    ]  # fmt: skip
    assert 'fold0_seed0_smoke' in train[1] and '--seed' in train
    calls = make('--protocol', 'fss_mm', '--checkpoint', 'last', rows=ROWS[:1])
    assert all('--protocol' in words for words in calls.words)
    assert 'fold0_seed0_fss_mm/' in calls.words[0][1]
