"""Lines of a table: which row and which published figure each is compared with."""

import json
from dataclasses import replace

import pytest

from fss_mm_cli.reproduction.budgets import BUDGET_OF
from fss_mm_cli.reproduction.plot import draw
from fss_mm_cli.reproduction.results import collect
from fss_mm_cli.reproduction.runs import Group, Run
from fss_mm_cli.reproduction.tables import FOLDS, Published, Row, Table
from fss_mm_cli.reproduction.text import format_results
from tests.evaluation.records import report_of

PAPER = Published('Paper, Table 1', 58.0, {0: 50.0, 1: 60.0, 2: 60.0, 3: 62.0})
WHOLE = dict(title='T', data='d', published_on='d', same_data=True, protocol=None,
             seeds=[0], one_test_a_row=True, left_out=[], codes=['1'], lists={},
             options={}, budget=BUDGET_OF['full'].text())  # fmt: skip


def table_of(names, **kwargs):
    rows = tuple(Row(n, n, ('1shot',)) for n in names)
    return Table('t', 'T', 'd', rows, folds=(None,), **kwargs)


def measured(tmp_path, iou, name, checkpoint='', seed=0):
    """A group of one test whose report is there."""
    folder = tmp_path / name
    run = Run(f'{name}/s{seed}/1shot_{checkpoint}', folder, name, None, seed, {},
              '1shot', checkpoint)  # fmt: skip
    run.report.parent.mkdir(exist_ok=True)
    run.report.write_text(json.dumps(report_of(iou, fold=None)))
    return Group(None, [run])


def collected(table, groups):
    done = {run.name: 'done' for group in groups for run in group.tests}
    return collect(table, groups, done)


def differences(lines):
    """By (row, the table it stands in): the difference to the first row, if any."""
    return {
        (line['row'], line['shown']): (line.get('difference') or {}).get('difference')
        for line in lines
    }


def test_an_untrained_first_row_is_compared_with_in_all_tables(tmp_path):
    """Not the first row that was trained; a point is 100 / 12 of a mask of ours."""
    groups = [
        measured(tmp_path, 2, 'prototype'),
        *(measured(tmp_path, 3, 'a', c) for c in ('last', 'best')),
        *(measured(tmp_path, 5, 'b', c) for c in ('last', 'best')),
    ]
    table = table_of(['prototype', 'a', 'b'])
    found = differences(lines := collected(table, groups))
    one = pytest.approx(100 / 12)
    for which in ('last', 'best'):
        assert found.pop(('prototype', which)) is None
        assert found.pop(('a', which)) == one
        assert found.pop(('b', which)) == pytest.approx(300 / 12)
    assert not found
    text = format_results(WHOLE | dict(lines=lines, folds=[None]))
    assert text.count('| prototype') == text.count('| +25.0 (') == 2
    draw(WHOLE | dict(lines=lines, folds=[None]), tmp_path / 'a.png')


def test_an_untrained_row_is_compared_with_the_first_of_each_table(tmp_path):
    groups = [
        measured(tmp_path, 3, 'a', 'last'),
        measured(tmp_path, 4, 'a', 'best'),
        measured(tmp_path, 2, 'prototype'),
        measured(tmp_path, 1, 'discriminant'),
    ]
    table = table_of(['a', 'prototype', 'discriminant'])
    found = differences(collected(table, groups))
    assert found['a', 'last'] is None and found['a', 'best'] is None
    assert found['prototype', 'last'] == pytest.approx(-100 / 12)
    assert found['prototype', 'best'] == pytest.approx(-200 / 12)
    assert found['discriminant', 'best'] == pytest.approx(-300 / 12)


def test_one_report_against_two_trainings(tmp_path):
    groups = [measured(tmp_path, 2, 'prototype')]
    (tmp_path / '0').mkdir(), (tmp_path / '1').mkdir()
    groups += [
        measured(tmp_path / str(seed), 3 + seed, 'a', 'last', seed) for seed in (0, 1)
    ]
    found = differences(collected(table_of(['prototype', 'a']), groups))
    assert found['a', 'last'] == pytest.approx(150 / 12)


def test_nothing_is_compared_with_half_a_row(tmp_path):
    """The first row's second training is not tested yet."""
    (tmp_path / '1').mkdir()
    groups = [
        measured(tmp_path, 3, 'a', 'last'),
        measured(tmp_path / '1', 3, 'a', 'last', seed=1),
        measured(tmp_path, 4, 'b', 'last'),
    ]
    states = {run.name: 'done' for group in groups for run in group.tests}
    states[groups[1].tests[0].name] = 'todo'
    found = differences(collect(table_of(['a', 'b']), groups, states))
    assert found == {('a', 'last'): None, ('b', 'last'): None}


def test_a_published_figure_is_of_the_folds_that_are_run():
    assert PAPER.over(FOLDS) is PAPER
    assert PAPER.over((2, 0)).mean == 55.0
    assert PAPER.over((2, 0)).source == 'Paper, Table 1, folds 2, 0'
    assert PAPER.over((3,)).folds == {3: 62.0}
    assert PAPER.over((3,)).source == 'Paper, Table 1, fold 3'
    only_mean = replace(PAPER, folds={})
    assert only_mean.over((0,)) is None and only_mean.over(FOLDS) is only_mean
    assert only_mean.over((None,)) is only_mean, 'a data set without folds'
    assert replace(PAPER, folds={0: 50.0}).over((0, 1)) is None, 'one is missing'


@pytest.mark.parametrize('folds, figure', [({0: 50.0}, '50.00'), ({}, None)])
def test_the_difference_is_to_the_folds_that_are_run(tmp_path, folds, figure):
    """In the text and in the picture, which read the same line."""
    groups = [measured(tmp_path, 4, 'a')]
    (run,) = groups[0].tests
    groups[0].tests[0] = replace(run, fold=0)
    paper = {('1shot', 'mIoU'): replace(PAPER, folds=folds)}
    row = Row('a', 'a', ('1shot',), published=paper)
    table = replace(table_of([]), rows=(row,), folds=(0,))
    (line,) = lines = collected(table, groups)
    text = format_results(WHOLE | dict(lines=lines, folds=[0]))
    if figure is None:
        assert line['published'] is None
        assert 'published' not in text.lower() and '| difference' not in text
        return
    assert line['published']['mean'] == 50.0
    assert f' {line["mean"] - 50:+.1f} |' in text and ' 50.00 |' in text
    assert 'Published: Paper, Table 1, fold 0.' in text


def test_lists_of_ones_own_are_told(tmp_path):
    """They are not compared with the paper, whatever the budget."""
    row = Row('a', 'a', ('1shot',), published={('1shot', 'mIoU'): PAPER})
    table = replace(table_of([]), rows=(row,))
    lines = collected(table, [measured(tmp_path, 4, 'a')])
    result = WHOLE | dict(lines=lines, folds=[None])
    assert '| difference |' in format_results(result)
    lists = dict(num_episodes=20)
    budget = BUDGET_OF['full'].text(lists)
    text = format_results(result | dict(lists=lists, budget=budget))
    assert 'lists of 20 episodes' in text.splitlines()[2]
    assert '| ours (own lists) |' in text and 'difference' not in text
    text = format_results(result | dict(options={'model.a': 1}))
    assert 'options model.a=1' in text.splitlines()[2]


@pytest.mark.parametrize(
    'name, lists, told',
    [
        ('full', {}, "full: the configs' own schedules and lists"),
        (
            'full',
            dict(num_episodes=20),
            "full: the configs' own schedules, lists of 20 episodes",
        ),
        (
            'full',
            dict(episode_seeds=[0, 7]),
            "full: the configs' own schedules, lists of seeds 0, 7",
        ),
        ('smoke', {}, 'smoke: 20 iterations, lists of 20 episodes, of seed 0'),
        (
            'short',
            dict(num_episodes=9),
            'short: 10 % of the iterations, lists of 9 episodes, of seed 0',
        ),
    ],
)
def test_a_budget_says_which_lists(name, lists, told):
    assert BUDGET_OF[name].text(lists) == told
