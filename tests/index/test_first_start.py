"""Several processes that index the same masks at the same time."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from fss_mm.index import build_class_index, mask_table, mask_table_cache
from fss_mm.utils.file_lock import one_at_a_time
from tests.conftest import write_mask

NAMES = tuple('abc')


@pytest.fixture
def masks(tmp_path) -> Path:
    folder = tmp_path / 'masks'
    folder.mkdir()
    for value, name in enumerate(NAMES, start=1):
        write_mask(folder / f'{name}.png', np.array([[value]]))
    return folder


def index_slowly(masks: Path, log: Path, start, pause: float = 0.2) -> None:
    """Index, and note each mask that is read."""
    original = mask_table.count_values

    def count(path):
        with log.open('a') as file:
            file.write(f'{os.getpid()} {path.stem}\n')
        time.sleep(pause)
        return original(path)

    mask_table.count_values = count
    start.wait()
    assert build_class_index(masks, num_workers=1).names == NAMES


def begin(number, *args):
    context = multiprocessing.get_context('fork')  # nothing is imported anew
    start = context.Barrier(number)
    started = [
        context.Process(target=index_slowly, args=(args[0], args[1], start, *args[2:]))
        for _ in range(number)
    ]
    for process in started:
        process.start()
    return started


def end(processes) -> list[int]:
    for process in processes:
        process.join(60)
    return [process.exitcode for process in processes]


def reads(log: Path) -> list[list[str]]:
    return [line.split() for line in log.read_text().splitlines()]


def test_masks_are_read_by_one_process(masks, tmp_path):
    log = tmp_path / 'log'
    assert end(begin(3, masks, log)) == [0] * 3
    assert sorted(name for _, name in reads(log)) == list(NAMES)
    assert len({process for process, _ in reads(log)}) == 1
    assert not list(tmp_path.glob('.*')), 'the lock is removed'


def test_a_killed_process_leaves_no_lock(masks, tmp_path):
    """The one that waits reads the masks instead."""
    log = tmp_path / 'log'
    (first,) = begin(1, masks, log, 30)
    while not log.exists():
        time.sleep(0.01)
    (second,) = begin(1, masks, log, 0)
    time.sleep(0.3)
    assert second.is_alive() and len(reads(log)) == 1, 'it waits'
    os.kill(first.pid, signal.SIGKILL)
    assert end([first, second]) == [-signal.SIGKILL, 0]
    by_second = [name for pid, name in reads(log) if pid == str(second.pid)]
    assert sorted(by_second) == list(NAMES)


def test_without_a_place_for_a_lock(masks, monkeypatch, tmp_path):
    nowhere = tmp_path / 'file'
    nowhere.touch()
    with one_at_a_time([nowhere / 'a.lock']) as locked:
        assert not locked
    places = lambda *_: [nowhere / 'cache.npz']  # noqa: E731
    monkeypatch.setattr(mask_table_cache, 'cache_paths', places)
    assert build_class_index(masks).names == NAMES


def test_a_current_cache_needs_no_lock(masks, monkeypatch):
    build_class_index(masks)
    monkeypatch.setattr(mask_table, 'locked', None)
    assert build_class_index(masks).names == NAMES


@pytest.mark.parametrize(
    'locked, is_main, shown', [(1, 0, True), (0, 0, False), (0, 1, True)]
)
def test_one_progress_bar(masks, monkeypatch, locked, is_main, shown):
    """Of the process that reads; without a lock all of them do."""
    bars = []
    monkeypatch.setattr(
        mask_table, 'track', lambda results, *_, **__: (bars.append(1), results)[1]
    )
    monkeypatch.setattr(mask_table, 'is_main_process', lambda: bool(is_main))
    if not locked:
        monkeypatch.setattr(mask_table_cache, 'lock_paths', lambda mask_dir: [])
    build_class_index(masks)
    assert bool(bars) == shown
