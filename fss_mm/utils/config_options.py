"""Configs are read, and what a command line says is written into their fields."""

from __future__ import annotations

import json
import traceback
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.logging import MMLogger

from .config_files import find_config
from .model_folder import is_published_config
from .plain_config import read_plain_config
from .terminal import filter_terminal

# of mmengine's Config, which reads bases before it runs the rest
_OF_BASES = {'_get_base_files', '_get_cfg_path'}
LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def read_config(name_or_path: str | Path, trust: bool = False) -> Config:
    """Read a config by its path, or by its name; see :func:`.find_config`.

    A config is a program, which is run; but that of a model folder is read as data.

    Args:
        name_or_path (str | Path): Of a config, or of a model folder.
        trust (bool): As in :func:`.read_plain_config`. Defaults to False.

    Raises:
        FileNotFoundError: If there is no such config.
        ValueError: If it cannot be read, whatever is wrong in it.
    """
    path = find_config(name_or_path)
    filter_terminal(MMLogger.get_current_instance())
    if is_published_config(path):
        return read_plain_config(path, trust)
    try:
        return Config.fromfile(path)
    except (Exception, SystemExit) as error:  # a config is a program
        while isinstance(error, ImportError) and error.__context__ is not None:
            error = error.__context__  # behind a list of where Python looks
        text = f'config {str(path)!r} cannot be read: {_why_unread(error)}'
        raise ValueError(text) from error


def _why_unread(error: BaseException) -> str:
    """What is wrong in a config, in Python's words where it is its code."""
    functions = {f.f_code.co_name for f, _ in traceback.walk_tb(error.__traceback__)}
    if isinstance(error, UnicodeError):
        return 'it is no text in UTF-8'
    if isinstance(error, RecursionError):
        return 'its _base_ leads back to itself'
    if isinstance(error, (AttributeError, TypeError)) and functions & _OF_BASES:
        return '_base_ has to be the name of a file, or a list of such names'
    if isinstance(error, FileNotFoundError) and '.mim' in str(error):
        return (
            '`fss_mm::` finds configs where fss_mm is installed: pip install -e . in '
            'the clone, or name the config by its path'
        )
    if 'yaml' in type(error).__module__ or isinstance(error, json.JSONDecodeError):
        return ' '.join(str(error).split())
    return f'{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}'


def load_config(args: Namespace) -> Config:
    """Read ``args.config`` and write the other arguments into it.

    ``--fold`` and ``--shot`` set the data sets' own fields, from which everything else
    is derived. The default ``work_dir`` is
    ``work_dirs/<config>[_fold<f>][_<protocol>]``.

    Raises:
        FileNotFoundError: If there is no such config.
        ValueError: If it cannot be read, or an option names a place that cannot be.
    """
    cfg = read_config(args.config, getattr(args, 'trust', False))
    write_options(cfg, args)
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or _default_work_dir(cfg, args)
    return cfg


def read_options(words: Sequence[str]) -> dict:
    """Values of ``KEY=VALUE`` words, as mmengine's ``DictAction`` reads them.

    Raises:
        ValueError: For a value whose brackets do not fit.
    """
    read, options = DictAction(['--cfg-options'], 'option', nargs='+'), {}
    for word in words:
        found = Namespace()
        try:
            read(ArgumentParser(), found, [word])
        except AssertionError as error:  # of brackets
            raise ValueError(f'{word}: {error}') from error
        options |= found.option
    return options


def write_options(cfg: Config, args: Namespace) -> None:
    """Write ``--cfg-options``, then ``--fold`` and ``--shot``, into a config.

    Raises:
        ValueError: If an option names a place that cannot be.
    """
    merge_options(cfg, args.cfg_options or {})
    for loader in LOADERS:
        if cfg.get(loader) is None:
            continue
        if args.fold is not None:
            cfg[loader].dataset.fold = args.fold
        if args.shot is not None and loader != 'train_dataloader':
            cfg[loader].dataset.num_shots = args.shot


def merge_options(
    cfg: Config, options: Mapping, argument: str = '--cfg-options'
) -> None:
    """Write fields by their dotted keys into a config.

    Args:
        cfg (Config): Changed in place.
        options (Mapping): Key to value.
        argument (str): What gave them, for the message. Defaults to '--cfg-options'.

    Raises:
        ValueError: If one names a place that cannot be.
    """
    for key, value in options.items():
        try:
            cfg.merge_from_dict({key: value})
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            text = f'{argument} {key}={value!r}: {_why_not(cfg, key)}'
            raise ValueError(text) from error


def _why_not(cfg: Config, path: str) -> str:
    """Why there can be nothing at a path: what stands in its way."""
    value, way = cfg, ''
    for key in path.split('.'):
        if isinstance(value, (list, tuple)):
            if not key.isdigit() or int(key) >= len(value):
                return f'{way} is a list: expected {_places(value)} behind it'
            value = value[int(key)]
        elif isinstance(value, (Mapping, Config)):
            value = value.get(key, {})
        else:
            return f'{way} is {value!r}, which has no keys'
        way = f'{way}.{key}' if way else key
    return f'{way} is {value!r}; name what is to be written in it'


def _places(value: Sequence) -> str:
    return f'a number from 0 to {len(value) - 1}' if value else 'nothing'


def write_arithmetic(
    cfg: Config, precision: str | None, channels_last: bool = False
) -> None:
    """Write the precision and layout that a model computes in into a config.

    Args:
        cfg (Config): Changed in place.
        precision (str, optional): None leaves the config's own.
        channels_last (bool): False leaves the config's own. Defaults to False.
    """
    own = dict(cfg.model.get('arithmetic') or {})
    if precision is not None:
        own['precision'] = precision
    if channels_last:
        own['channels_last'] = True
    if own:
        cfg.model.arithmetic = own


def _default_work_dir(cfg: Config, args: Namespace) -> str:
    config = Path(cfg.filename).absolute()
    parts, place = config.with_suffix('').parts, 'configs'
    # of a toolbox's configs all folders, voc8/hsnet/fold0; of one's own the name
    own = parts[len(parts) - parts[::-1].index(place) :] if place in parts else ()
    name = '_'.join(own or parts[-1:])
    suffix = '' if args.fold is None else f'_fold{args.fold}'
    protocol = getattr(args, 'protocol', None)
    if isinstance(protocol, str):  # of a training; tests take lists of them
        suffix += f'_{Path(protocol).stem}'
    return str(Path('work_dirs') / f'{name}{suffix}')
