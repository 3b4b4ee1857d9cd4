"""Configs are read, and what a command line says is written into their fields."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.logging import MMLogger

from .terminal import filter_terminal

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def read_config(path: str | Path) -> Config:
    """Read a config.

    Raises:
        FileNotFoundError: If there is no such config.
        ValueError: If it cannot be read, whatever is wrong in it.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'config {str(path)!r} does not exist')
    filter_terminal(MMLogger.get_current_instance())
    try:
        return Config.fromfile(path)
    except Exception as error:  # a config is a program
        while isinstance(error, ImportError) and error.__context__ is not None:
            error = error.__context__  # behind a list of where Python looks
        kind, reason = type(error).__name__, str(error).strip().partition('\n')[0]
        raise ValueError(
            f'config {str(path)!r} cannot be read: {kind}: {reason}'
        ) from error


def load_config(args: Namespace) -> Config:
    """Read ``args.config`` and write the other arguments into it.

    ``--fold`` and ``--shot`` set the data sets' own fields, from which everything else
    is derived. The default ``work_dir`` is
    ``work_dirs/<config>[_fold<f>][_<protocol>]``.

    Raises:
        FileNotFoundError: If there is no such config.
        ValueError: If it cannot be read, or an option names a place that cannot be.
    """
    cfg = read_config(args.config)
    write_options(cfg, args)
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or _default_work_dir(args)
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
    for key, value in (args.cfg_options or {}).items():
        try:
            cfg.merge_from_dict({key: value})
        except (AttributeError, KeyError, TypeError) as error:
            text = error.args[0] if error.args else error
            raise ValueError(f'--cfg-options {key}={value!r}: {text}') from error
    for loader in LOADERS:
        if cfg.get(loader) is None:
            continue
        if args.fold is not None:
            cfg[loader].dataset.fold = args.fold
        if args.shot is not None and loader != 'train_dataloader':
            cfg[loader].dataset.num_shots = args.shot


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


def _default_work_dir(args: Namespace) -> str:
    config = Path(args.config)
    suffix = '' if args.fold is None else f'_fold{args.fold}'
    protocol = getattr(args, 'protocol', None)
    if isinstance(protocol, str):  # of a training; tests take lists of them
        suffix += f'_{Path(protocol).stem}'
    return str(Path('work_dirs') / f'{config.parent.name}_{config.stem}{suffix}')
