"""Run what a plan has to do; one failure stops nothing but what needs it."""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from fss_mm.engine.work_folder import last_checkpoint

from ..errors import describe_error
from .calls import Call, Stopped
from .kinds import TESTS
from .ledger import DONE, FAILED, RUNNING, Ledger
from .preparing import write_config
from .runs import Group, Prepared, Run
from .states import checkpoint_of

Say = Callable[[Run, str], None]
now = time.time


@dataclass
class Work:
    """All that a group needs to run.

    Args:
        prepared (Mapping[str, Prepared]): By config.
        ledger (Ledger): Where it is noted.
        call (Call): Runs a command.
        words (Sequence[str]): Of training and test alike, such as ``--protocol``.
        test_words (Sequence[str]): Of tests, such as ``--num-episodes``.
        say (Say): Is told of each run that has ended.
        pictures (int): Drawn for each test. Defaults to 0.
        failures (list[str]): A line for each run that failed.
    """

    prepared: Mapping[str, Prepared]
    ledger: Ledger
    call: Call
    words: Sequence[str]
    test_words: Sequence[str]
    say: Say
    pictures: int = 0
    failures: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)


def run_groups(
    groups: Sequence[Group], states: Mapping[str, str], work: Work, jobs: int
) -> None:
    """Run all groups, some at once; where it is interrupted, end what runs.

    Args:
        groups (Sequence[Group]): Of :func:`.planning.plan`.
        states (Mapping[str, str]): Of :func:`.states.states_of`.
        work (Work): How.
        jobs (int): Groups at once.
    """
    pool = ThreadPoolExecutor(jobs)
    try:
        waiting = [pool.submit(run_group, group, states, work) for group in groups]
        for one in waiting:
            one.result()
    except BaseException:
        work.stopped.set()
        getattr(work.call, 'stop', lambda: None)()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def run_group(group: Group, states: Mapping[str, str], work: Work) -> None:
    """Train, unless that is done, and make the tests that are not."""
    training = group.training
    trained = training is None or states[training.name] == 'done'
    if not trained:
        trained = _attempt(training, work, lambda: _train(training, states, work))
    for run in group.tests:
        if states[run.name] == 'done' or work.stopped.is_set():
            continue
        if not trained:
            work.say(run, 'not run: its training failed')
            continue
        _attempt(run, work, lambda run=run: _test(run, training, work))


def _attempt(run: Run, work: Work, make: Callable[[], dict]) -> bool:
    """Make a run, and note how that went."""
    if work.stopped.is_set():
        return False
    known: dict = dict(key=dict(run.key), row=run.row)
    work.ledger.write(run.name, state=RUNNING, **known)
    start = now()
    try:
        found = make()
    except Stopped:
        return False
    except Exception as error:
        text = describe_error(error)
        work.ledger.write(run.name, state=FAILED, error=text, **known)
        work.failures.append(f'{run.name}: {text}')
        work.say(run, f'FAILED: {text}')
        return False
    seconds = max(round(now() - start, 1), 0.1)
    entry = dict(state=DONE, seconds=seconds, **known) | found
    work.ledger.write(run.name, **entry)
    work.say(run, describe(entry))
    return True


def describe(entry: Mapping) -> str:
    """What a finished run took."""
    minutes = f'{entry["seconds"] / 60:.1f} min'
    if not entry.get('iterations'):
        return minutes
    return (
        f'{minutes}, {entry["iterations"] / entry["seconds"]:.2f} iterations a second'
    )


def _train(run: Run, states: Mapping[str, str], work: Work) -> dict:
    begun = last_checkpoint(run.folder) if states[run.name] == 'resume' else None
    if states[run.name] == 'anew':
        _clear(run.folder)
    path = run.folder / 'train.py'
    config = write_config(work.prepared[run.config].config, path)
    words = ['train', config, '--work-dir', str(run.folder)]
    words += [*_fold(run), '--seed', str(run.seed), *work.words]
    words += ['--resume'] if begun is not None else []
    done = 0 if begun is None else _iteration(begun)
    work.call(words, run.folder / 'train.log')
    last = checkpoint_of(run.folder, 'last')
    return dict(iterations=_iteration(last) - done, made=secrets.token_hex(8))


def _test(run: Run, training: Run | None, work: Work) -> dict:
    path = run.report.with_suffix('.py')
    config = write_config(work.prepared[run.config].config, path)
    weights = (
        [] if training is None else [checkpoint_of(training.folder, run.checkpoint)]
    )
    for former in (run.report, run.report.with_suffix('.md')):
        former.unlink(
            missing_ok=True
        )  # of a test that was stopped, or of former weights
    words = ['test', config, *map(str, weights), *_fold(run)]
    words += [*TESTS[run.test].words, *work.words, *work.test_words]
    words += ['--work-dir', str(run.folder), '--report', str(run.report)]
    if work.pictures:
        show = str(run.report.with_suffix(''))
        words += ['--show-dir', show, '--show-episodes', str(work.pictures)]
    work.call(words, run.report.with_suffix('.log'))
    if not run.report.is_file():
        raise ChildProcessError(f'test left no report {run.report.name}')
    if training is None:
        return {}
    return dict(weights=work.ledger.get(training.name).get('made'))


def _fold(run: Run) -> list[str]:
    return [] if run.fold is None else ['--fold', str(run.fold)]


def _iteration(checkpoint: Path) -> int:
    return int(checkpoint.stem.rpartition('_')[2])


def _clear(folder: Path) -> None:
    """Empty the folder of a training that begins anew."""
    for path in folder.iterdir() if folder.is_dir() else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
