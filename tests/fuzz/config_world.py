"""A small experiment as text, and a run of a tool up to its first step."""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import itertools
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from mmengine.utils import ManagerMeta, ManagerMixin

from fss_mm.engine.loops.episode_stream import EpisodeStream
from fss_mm_cli.errors import describe_error, is_mistake
from fss_mm_cli.main import command_parser, load

from .outcomes import Failure
from .paths import parent_of, put

ROOT = Path(__file__).parents[2]
BASES = ('simprop_fold0', 'crnet_fold0', 'simprop/table4_canet')
_NUMBER = itertools.count()
_SMALL = {
    'train_dataloader.batch_size': 2,
    **{f'{loop}_dataloader.dataset.num_images': 100 for loop in ('train', 'val')},
    'test_dataloader.dataset.num_images': 100,
    **{f'{loop}_dataloader.dataset.side': 32 for loop in ('train', 'val', 'test')},
    'val_dataloader.sampler.num_episodes': 5,
    'test_dataloader.sampler.num_episodes': 5,
    'model.decode_head.channels': 4,
}


class Begun(Exception):
    """Thrown where the first step would be made; holds the Runner."""


@dataclass
class Experiment:
    """What a user types: a tool, a config and options.

    Args:
        folder (Path): Empty, of this input alone.
        tool (str): 'train' or 'test'.
        values (dict): What the config says, without bases.
        arguments (list[str]): Behind the config.
        options (list[str]): Of ``--cfg-options``.
        words (list[str]): Of which a message has to name one.
        right (bool, optional): Whether it begins; None where both will do.
        check (Callable): Of the Runner that begins: what is wrong with it, if anything.
        path (Path): Of the config.
        text (bytes, optional): What the file holds instead of ``values``.
        missing (bool): Whether there is no file.
    """

    folder: Path
    tool: str
    values: dict[str, Any]
    arguments: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    right: bool | None = False
    check: Callable[[Runner], str | None] = lambda runner: None
    path: Path = Path('config.py')
    text: bytes | None = None
    missing: bool = False

    def set(self, path: str, value: Any, way: str) -> None:
        """Write a value into the file, or into an option."""
        if way == 'option':
            plain = isinstance(value, (str, float))  # 'inf' and 'nan' are numbers there
            text = str(value) if plain else as_text(value)
            self.options.append(f'{path}={text}')
        else:
            put(self.values, path, value)

    def drop(self, path: str) -> None:
        """Leave a key out."""
        parent, key = parent_of(self.values, path)
        del parent[key]


@functools.cache
def _base(name: str) -> dict:
    cfg = Config.fromfile(ROOT / f'configs/shapes/{name}.py')
    cfg.merge_from_dict(_SMALL)
    return cfg.to_dict()


def base_values(name: str) -> dict[str, Any]:
    """A small config of its own, as plain values."""
    return copy.deepcopy(_base(name))


def new_experiment(case: dict, folder: Path) -> Experiment:
    """One that is as it should be."""
    path = folder / f'experiment{os.getpid()}_{next(_NUMBER)}.py'
    values = base_values(case['base'])
    return Experiment(folder, case['tool'], values, path=path)


def as_text(value: Any) -> str:
    """A value as Python writes it, also where it is no number."""
    if isinstance(value, dict):
        items = (f'{k!r}: {as_text(v)}' for k, v in value.items())
        return f'{{{", ".join(items)}}}'
    if isinstance(value, (list, tuple)):
        items = ', '.join(map(as_text, value))
        if isinstance(value, list):
            return f'[{items}]'
        return f'({items}{"," if len(value) == 1 else ""})'
    text = repr(value)
    return f"float('{text}')" if text in ('nan', 'inf', '-inf') else text


def config_text(values: dict[str, Any]) -> str:
    """A config file of these values."""
    return ''.join(f'{key} = {as_text(value)}\n' for key, value in values.items())


def run(experiment: Experiment) -> tuple[str | None, Runner | None]:
    """Type the command; the message that it ends in, or the Runner that begins.

    Raises:
        Failure: If it ends in a traceback, or without having begun.
    """
    if experiment.text is not None:
        experiment.path.write_bytes(experiment.text)
    elif not (experiment.missing or experiment.path.exists()):
        experiment.path.write_text(config_text(experiment.values))
    command = [experiment.tool, str(experiment.path), *experiment.arguments]
    command += ['--work-dir', str(experiment.folder / 'work')]
    if experiment.options:
        command += ['--cfg-options', *experiment.options]
    said = io.StringIO()
    with (
        _alone(command),
        contextlib.redirect_stderr(said),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        try:
            load(experiment.tool).run(command_parser(command[:1]).parse_args(command))
        except Begun as begun:
            return None, begun.args[0]
        except SystemExit as error:
            if error.code != 2:
                raise Failure(f'exit code {error.code}') from error
            return said.getvalue().strip().split('\n')[-1], None
        except Exception as error:
            if not is_mistake(error):
                raise
            return describe_error(error), None
    raise Failure('ended without a step and without a message')


def _begin(model: BaseModel, *args: Any, **kwargs: Any) -> None:
    raise Begun(model.runner_of_fuzz)


@contextlib.contextmanager
def _alone(command: list[str]) -> Iterator[None]:
    """Of one command line; what mmengine keeps for all of a process is forgotten."""

    def remember(runner: Runner) -> None:  # the last that its ``__init__`` calls
        object.__setattr__(runner.model, 'runner_of_fuzz', runner)

    with (
        mock.patch.object(sys, 'argv', command),
        mock.patch.object(Runner, 'dump_config', remember),
        mock.patch.object(Runner, '_log_env', lambda *_: None),
        mock.patch.object(BaseModel, 'train_step', _begin),
        mock.patch.object(BaseModel, 'test_step', _begin),
        mock.patch.object(EpisodeStream, '__iter__', lambda s: _begin(s.model)),
    ):
        try:
            yield
        finally:
            _forget()


def _forget() -> None:
    for manager in _managers(ManagerMixin):
        if manager is not DefaultScope:
            manager._instance_dict.clear()


def _managers(cls: ManagerMeta) -> Iterator[ManagerMeta]:
    for one in cls.__subclasses__():
        yield one
        yield from _managers(one)
