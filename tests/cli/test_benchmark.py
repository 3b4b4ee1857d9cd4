"""How fast: stages that add up, FLOPs counted by hand, ratios inside one run."""

import json
import runpy
import sys

import pytest
import torch
from torch import nn

from fss_mm_cli.benchmarking.machine import (
    ConvolutionProbe,
    convolution_flops,
    peak_memory,
)
from fss_mm_cli.benchmarking.measurement import Measurement, relative_speeds, tell
from fss_mm_cli.benchmarking.stage_timer import StageTimer, count_flops, shapes_of
from fss_mm_cli.benchmarking.timed_test import num_images
from tests.conftest import ROOT

CPU = torch.device('cpu')
TOOL = str(ROOT / 'tools/analysis_tools/benchmark.py')
CONFIG = 'configs/shapes/simprop_fold0.py'
SMALL = [
    'model.decode_head.channels=4',
    'train_dataloader.batch_size=2',
    'train_dataloader.dataset.num_images=200',
    'train_dataloader.dataset.side=32',
    'test_dataloader.dataset.num_images=200',
    'test_dataloader.dataset.side=32',
]


@pytest.fixture
def benchmark(monkeypatch, capsys, tmp_path):
    """Run the tool; returns what it prints and its JSON."""

    def start(*arguments, config=CONFIG, options=()):
        out = tmp_path / 'out.json'
        command = [TOOL, config, *map(str, arguments), '--out', str(out)]
        monkeypatch.setattr(sys, 'argv', [*command, '--cfg-options', *SMALL, *options])
        monkeypatch.chdir(ROOT)
        with pytest.raises(SystemExit) as end:
            runpy.run_path(TOOL, run_name='__main__')
        assert end.value.code == 0
        captured = capsys.readouterr()
        return captured.out + captured.err, json.loads(out.read_text())

    return start


# ---- the clock ---------------------------------------------------------------------


class Model:
    def outer(self, x):
        return self.inner(x) + 1

    def inner(self, x):
        return x * 2


def test_an_inner_stage_stops_the_outer_one(monkeypatch):
    ticks = iter([0, 1, 3, 6, 10, 15])  # run, outer, inner, then back again
    monkeypatch.setattr(
        'fss_mm_cli.benchmarking.stage_timer.time.perf_counter', lambda: next(ticks)
    )
    timer, model = StageTimer(CPU), Model()
    seen = []
    with timer.watching(
        model, dict(outer='a', inner='b'), lambda *call: seen.append(call[:2])
    ):
        with timer.running():
            assert model.outer(4) == 9
    assert dict(timer.seconds) == dict(rest=1 + 5, a=2 + 4, b=3)
    assert seen == [('outer', (4,)), ('inner', (4,))]
    assert vars(model) == {}, 'the methods are the own ones again'


def test_waiting_for_items_is_a_stage():
    timer = StageTimer(CPU)
    with timer.running():
        assert list(timer.waiting('abc')) == ['a', 'b', 'c']
    assert set(timer.seconds) == {'load', 'rest'}


@pytest.mark.parametrize('always', [False, True])
def test_flops_of_a_convolution(always):
    conv, images = nn.Conv2d(3, 5, 3, padding=1), torch.ones(2, 3, 8, 7)
    by_hand = 2 * 2 * 5 * 8 * 7 * 3 * 9  # 2 images, 5 x 8 x 7 outputs of 27 products
    assert convolution_flops(2, 3, 5, 3, 8, 7) == by_hand
    assert count_flops(lambda: conv(images))[0] == by_hand
    timer = StageTimer(CPU, count_always=always)
    with timer.watching(conv, dict(forward='a')), timer.running():
        conv(images)
        conv(images)
        conv(images[:1])
    assert timer.flops['a'] == 2.5 * by_hand
    assert len(timer.known) == 2


def test_flops_inside_an_outer_stage_count_once():
    conv, images = nn.Conv2d(3, 5, 1), torch.ones(1, 3, 4, 4)
    both = nn.Sequential(conv)
    timer = StageTimer(CPU)
    with timer.watching(both, dict(forward='a')):
        with timer.watching(conv, dict(forward='b')), timer.running():
            both(images)
    assert timer.flops == dict(a=2 * 5 * 16 * 3)


def test_shapes_and_images():
    inputs = dict(query=torch.ones(2, 3, 4, 4), support=torch.ones(2, 5, 3, 4, 4))
    assert shapes_of([inputs, 'x']) == (
        (('query', (2, 3, 4, 4)), ('support', (2, 5, 3, 4, 4))),
        None,
    )
    assert num_images(inputs) == 12
    assert num_images(dict(query=inputs['query'])) == 2
    assert num_images(dict(support=inputs['support'])) == 10


def test_memory_is_plausible():
    assert peak_memory(CPU) > 50 * 2**20, 'torch alone is more'


class Probe:
    """Takes two seconds of a clock, once."""

    def __init__(self, clock):
        self.clock, self.asked = clock, 0

    def reset(self):
        self.asked = 0

    def ask_if_due(self):
        self.asked += 1
        self.clock[0] += 2


def test_the_clock_stands_while_the_machine_is_asked(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(
        'fss_mm_cli.benchmarking.stage_timer.time.perf_counter', lambda: clock[0]
    )
    timer, model = StageTimer(CPU, Probe(clock)), Model()
    with timer.watching(model, dict(inner='a')), timer.running():
        clock[0] += 1
        model.inner(3)
    assert dict(timer.seconds) == dict(rest=1, a=0)
    assert timer.probe.asked == 2, 'at the start, and in front of the call'


def test_what_is_done_in_a_pause_is_forgotten(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(
        'fss_mm_cli.benchmarking.stage_timer.time.perf_counter', lambda: clock[0]
    )
    own, other, model = StageTimer(CPU), StageTimer(CPU), Model()
    with own.watching(model, dict(outer='a', inner='b')), own.running():
        clock[0] += 1
        with own.paused(), other.watching(model, dict(inner='b')), other.running():
            clock[0] += 4
            assert model.outer(4) == 9
        clock[0] += 2
        model.inner(1)
    assert dict(own.seconds) == dict(rest=3, b=0)
    assert dict(other.seconds) == dict(rest=4, b=0)


def test_convolution_is_asked_when_it_is_due(monkeypatch):
    probe = ConvolutionProbe(CPU, 'float32', every=3600)
    for _ in range(3):
        probe.ask_if_due()
    assert len(probe.seconds) == 1 and 1e8 < probe.mean == probe.best < 1e14
    probe.seconds = [1.0, 3.0]
    assert (probe.mean, probe.best) == (probe.flops / 2, probe.flops)


def test_ratios():
    def run(name, seconds, convolution, best, precision='float32'):
        return Measurement(
            name, precision, episodes=2, whole=2, images=4, seconds=dict(rest=seconds),
            flops=dict(rest=0), cpu_seconds=seconds / 2, convolution=convolution,
            convolution_best=best, peak_memory=0,
        )  # fmt: skip

    runs = [run('a', 10, 50, 80), run('b', 40, 25, 100), run('c', 5, 9, 9, 'bfloat16')]
    assert relative_speeds(runs) == dict(a=0.5, b=0.25, c=1)
    found, text = tell(runs, in_turn=['c'])
    assert found['ratios'] == dict(
        b=dict(time=4, cpu_time=4, time_at_equal_speed=2),
        c=dict(time=0.5, cpu_time=0.5),
    )
    assert 'a is 4.00 times as fast as b, and takes 4.00 times less' in text
    assert text.count('on a machine of equal speed') == 1


# ---- the tool ----------------------------------------------------------------------

RUN_KEYS = {
    'name', 'precision', 'episodes', 'of_episodes', 'seconds', 'whole_seconds',
    'cpu_seconds',
    'episodes_per_second', 'images', 'images_per_second', 'peak_memory_mib',
    'convolution_gflops', 'convolution_best_gflops', 'gflop', 'gflops',
    'of_convolution', 'stages',
}  # fmt: skip


def check_runs(found, names, stages):
    assert [run['name'] for run in found['runs']] == names
    for run in found['runs']:
        assert set(run) == RUN_KEYS
        assert list(run['stages']) == [*stages, 'rest']
        parts = run['stages'].values()
        assert sum(part['share'] for part in parts) == pytest.approx(1)
        assert sum(part['gflop'] for part in parts) == pytest.approx(run['gflop'])
        assert all(run['stages'][stage]['seconds'] > 0 for stage in stages)
    ours, *others = found['runs']
    assert set(found['ratios']) == set(names[1:])
    for other in others:
        ratio = ours['episodes_per_second'] / other['episodes_per_second']
        assert found['ratios'][other['name']]['time'] == pytest.approx(ratio)


def test_eval(benchmark):
    text, found = benchmark(
        '--num-episodes', 6, '--seeds', 0, 1, '--plain-episodes', 2,
        '--against', 'plain', '--against-cfg-options', 'model.decode_head.channels=8',
    )  # fmt: skip
    names = ['encode once', 'plain', 'model.decode_head.channels=8']
    stages = 'load', 'encode', 'represent', 'segment', 'score'
    check_runs(found, names, stages)
    ours, plain, wide = found['runs']
    assert (ours['episodes'], plain['episodes'], plain['of_episodes']) == (12, 2, 12)
    assert plain['whole_seconds'] == pytest.approx(6 * plain['seconds'])
    assert ours['images'] <= 24 and plain['images'] == 4
    one_image = plain['stages']['encode']['gflop'] / plain['images']
    assert ours['stages']['encode']['gflop'] == pytest.approx(
        one_image * ours['images']
    )
    assert wide['stages']['segment']['gflop'] > ours['stages']['segment']['gflop']
    limit = found['limit_episodes_per_second']
    assert limit == pytest.approx(12 / ours['stages']['segment']['seconds'])
    assert found['tasks'] <= 12
    assert 'encode once is ' in text and 'times as fast as plain' in text
    assert 'plain: 2 of 12 episodes were run' in text and 'LIMIT' in text


def test_train(benchmark):
    text, found = benchmark('--mode', 'train', '--steps', 2, '--against', 'plain')
    stages = 'load', 'encode', 'head forward', 'loss', 'backward', 'optimiser'
    check_runs(found, ['as configured', 'plain'], stages)
    ours, plain = found['runs']
    assert (ours['episodes'], ours['images']) == (4, 8)
    assert ours['gflop'] == pytest.approx(plain['gflop']), 'nothing is switched on'
    share = ours['gflops'] / ours['convolution_gflops']
    assert ours['of_convolution'] == pytest.approx(share)
    assert '2 steps of 2 episodes' in text


def test_query(benchmark):
    text, found = benchmark(
        '--mode', 'query', '--classes', 1, 3, '--repetitions', 2, '--shot', 2,
        '--against', 'plain', '--against', 'float32', '--precision', 'bfloat16',
    )  # fmt: skip
    ours, single = found['runs']
    assert (ours['name'], single['name']) == ('as configured', 'float32')
    jobs = ours['operations']
    assert list(jobs) == [
        'represent a class', 'a query, 1 stored class', 'a query, 3 stored classes',
        'a query with its supports, 1 class',
    ]  # fmt: skip
    assert all(0 < job['median_ms'] <= job['p90_ms'] for job in jobs.values())
    parts = (
        jobs['represent a class']['gflop'] + jobs['a query, 1 stored class']['gflop']
    )
    assert jobs['a query with its supports, 1 class']['gflop'] == pytest.approx(parts)
    assert set(found['ratios']) == {'plain', 'float32'}
    assert 'precision bfloat16' in text and 'shot 2' in text


def test_predict(benchmark):
    text, found = benchmark('--mode', 'predict', '--images', 2, '--turns', 2)
    assert (found['images'], found['turns'], len(found['ratios'])) == (2, 2, 2)
    assert 0 < found['network_ms'] and 0 < found['whole_ms'] and found['mask_bytes']
    assert found['ratio'] == pytest.approx(sum(found['ratios']) / 2)
    assert '2 photographs of 500 x 375' in text and 'images a second' in text


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--num-episodes', 0], 'start at 1'),
        (['--mode', 'predict', '--images', 0], 'start at 1'),
        (['--mode', 'predict', '--against', 'plain'], 'leave --against out'),
        (['--checkpoint', 'none.pth'], "'none.pth' is no checkpoint"),
        (['--out', '/nowhere/out.json'], 'there is no such folder'),
        (['--against', 'nothing'], 'invalid choice'),
        (['--mode', 'train', '--cfg-options', 'optim_wrapper=None'], '--mode eval'),
        (['--cfg-options', 'model.nonsense=1'], "unknown key 'nonsense' in model"),
        (['--against-cfg-options', 'modle.x=1'], "did you mean 'model'?"),
        (['--against-cfg-options', 'model.type.x=1'], 'which has no keys'),
        (['--shot', 0], 'expected a whole number >= 1'),
    ],
)
def test_mistakes_end_in_one_line(arguments, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', [TOOL, CONFIG, *map(str, arguments)])
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as failure:
        runpy.run_path(TOOL, run_name='__main__')
    said = capsys.readouterr().err
    assert failure.value.code == 2 and 'Traceback' not in said
    assert message in said.splitlines()[-1]
