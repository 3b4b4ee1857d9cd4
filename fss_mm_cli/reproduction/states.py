"""Which runs of a plan are done, which are to do, and which cannot be taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fss_mm.engine.work_folder import best_checkpoint, last_checkpoint

from .ledger import DONE, Ledger
from .runs import Group, Run

AGAIN = 'make it again by --again, or give another --work-dir'


def state_of(run: Run, ledger: Ledger, any_code: bool = False) -> str:
    """'done', 'resume', 'todo', 'anew', or 'refused: ' with the reason.

    'anew' is a training that was stopped before its first checkpoint: what it left is
    removed.

    Args:
        run (Run): A training or a test.
        ledger (Ledger): What was made before.
        any_code (bool): Take what other code has made. Defaults to False.
    """
    entry = ledger.get(run.name)
    if entry is None:
        return 'todo'
    passed = {'code'} if any_code else set()
    if run.key.get('data') is None:
        passed.add('data')  # not here, as in a dry run
    was, now = entry['key'], run.key
    told = ', '.join(
        f'{name} {was.get(name)} instead of {now.get(name)}'
        for name in dict.fromkeys([*now, *was])
        if name not in passed and was.get(name) != now.get(name)
    )
    if told:
        return f'refused: {run.name} was made with other {told}; {AGAIN}'
    if run.test:
        there = entry['state'] == DONE and run.report.is_file()
        return 'done' if there else 'todo'
    if entry['state'] != DONE:
        return 'anew' if last_checkpoint(run.folder) is None else 'resume'
    return 'done'


def checkpoint_of(folder: Path, which: str) -> Path:
    """The checkpoint of a finished training.

    Raises:
        FileNotFoundError: If it is not there.
    """
    found = best_checkpoint(folder) if which == 'best' else last_checkpoint(folder)
    if found is None:
        raise FileNotFoundError(f'no iter_*.pth in {str(folder)!r}')
    return found


def missing_weights(group: Group, states: Mapping[str, str]) -> str | None:
    """Why tests that are to do cannot find the weights of a finished training."""
    training = group.training
    if training is None or states[training.name] != 'done':
        return None
    wanted = {run.checkpoint for run in group.tests if states[run.name] == 'todo'}
    for which in sorted(wanted):
        try:
            checkpoint_of(training.folder, which)
        except FileNotFoundError as error:
            return f'refused: {training.name} is finished, but {error}; {AGAIN}'
    return None


def states_of(
    groups: Sequence[Group], ledger: Ledger, any_code: bool = False, again: bool = False
) -> dict[str, str]:
    """The state of each run by its name.

    Args:
        groups (Sequence[Group]): Of :func:`plan`.
        ledger (Ledger): What was made before.
        any_code (bool): As in :func:`state_of`. Defaults to False.
        again (bool): What is refused is to do. Defaults to False.
    """
    found = {}
    for group in groups:
        own = {run.name: state_of(run, ledger, any_code) for run in group.runs()}
        missing = missing_weights(group, own)
        if missing:
            own[group.training.name] = missing
        if again:
            own = {n: 'anew' if s.startswith('refused') else s for n, s in own.items()}
        if group.training is not None:
            stale = _of_other_weights(group, own, ledger)
            own |= dict.fromkeys(stale, 'todo')
        found |= own
    return found


def _of_other_weights(
    group: Group, states: Mapping[str, str], ledger: Ledger
) -> list[str]:
    """Tests of weights that a later training has replaced, or will."""
    done = [run.name for run in group.tests if states[run.name] == 'done']
    if states[group.training.name] != 'done':
        return done
    made = ledger.get(group.training.name).get('made')
    return [name for name in done if ledger.get(name).get('weights') != made]
