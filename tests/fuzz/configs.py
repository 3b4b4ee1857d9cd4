"""Malformed configs and options: told in a clear line, or read as they are."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from hypothesis import strategies as st

from .config_commands import COMMANDS
from .config_data import DATA
from .config_files import FILES
from .config_protocols import PROTOCOLS
from .config_slips import SLIPS
from .config_world import BASES, new_experiment, run
from .outcomes import Failure, require_clear

ALL = {**SLIPS, **FILES, **COMMANDS, **DATA, **PROTOCOLS}
KINDS = ('untouched', *ALL)
# what Python says of a program of the user's is clear
_IN_PYTHON = r'(?<=cannot be read: )(Attribute|Type|Key|Name|Index)Error: .*'
WORDS = ('',)  # each input has its own, which ``judge`` asks for


def cases(kind: str) -> st.SearchStrategy[dict]:
    """Inputs of a kind, as plain values."""
    drawn = dict(
        part=st.just('configs'),
        kind=st.just(kind),
        base=st.sampled_from(BASES),
        tool=st.sampled_from(['train', 'test']),
    )
    return st.fixed_dictionaries(drawn | (ALL[kind].draws if kind in ALL else {}))


def judge(case: dict, folder: Path) -> str | None:
    """Type the command; a right one begins with its values, a wrong one is told."""
    experiment = new_experiment(case, folder)
    if case['kind'] in ALL:
        ALL[case['kind']].apply(experiment, case)
    else:
        experiment.right = True
    told, runner = run(experiment)
    if told is None:
        if experiment.right is False:
            raise Failure(f'nothing is said of {experiment.words}')
        wrong = experiment.check(runner)
        if wrong is not None:
            raise Failure(f'silently another value: {wrong}')
        return None
    if experiment.right:
        raise Failure(f'a right config is refused: {told}')
    told = re.sub(_IN_PYTHON, '', told)
    several = '\n  ' not in told  # problems of their own, not one with its list
    for line in told.split('\n') if several else [told]:
        require_clear(line, experiment.words)
    return told.partition('\n')[0]


def warm_up() -> None:
    """Import what is imported late, before memory is limited."""
    torch.set_num_threads(1)
