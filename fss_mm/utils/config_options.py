"""Command-line options that write a config's fields, shared by the tools."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.logging import MMLogger

from .config_files import find_config
from .model_folder import is_published_config
from .plain_config import read_plain_config
from .terminal import filter_terminal

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


class OptionAction(DictAction):
    """mmengine's, with a message for what is no ``KEY=VALUE``."""

    def __call__(self, parser, namespace, values, option_string=None) -> None:
        """Read the values; those of a former option of this name are kept."""
        for value in values:
            if not value.partition('=')[1]:
                parser.error(f'{option_string} {value}: expected KEY=VALUE')
        former = getattr(namespace, self.dest) or {}
        super().__call__(parser, namespace, values, option_string)
        setattr(namespace, self.dest, {**former, **getattr(namespace, self.dest)})


def add_config_arguments(parser: ArgumentParser) -> None:
    """Add the arguments that choose an experiment."""
    parser.add_argument('--fold', type=int, help='fold to hold out')
    parser.add_argument(
        '--shot', type=int, help='support images of an episode (at validation and test)'
    )
    parser.add_argument(
        '--trust',
        action='store_true',
        help='import the modules that the config of a model folder names',
    )
    parser.add_argument('--work-dir', help='folder for logs and checkpoints')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=OptionAction,
        help='fields to override, such as optim_wrapper.optimizer.lr=0.01',
    )


def add_protocol_arguments(parser: ArgumentParser, several: bool) -> None:
    """Add the arguments that choose a protocol.

    Args:
        parser (ArgumentParser): Of a tool.
        several (bool): Whether it can be given more than once.
    """
    more = '; again for more, which are evaluated at once' if several else ''
    parser.add_argument(
        '--protocol',
        action='append' if several else 'store',
        metavar='NAME_OR_FILE',
        help='name of a fragment in configs/_base_/protocols, such as bam, or a file '
        f'of your own{more}',
    )
    parser.add_argument(
        '--pair-lists',
        metavar='FOLDER',
        help='published lists of (image, class) pairs, for protocols that have some',
    )


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
    cfg = read_config(args.config, getattr(args, 'trust', False))
    write_options(cfg, args)
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or _default_work_dir(cfg, args)
    return cfg


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


def _default_work_dir(cfg: Config, args: Namespace) -> str:
    config = Path(cfg.filename).absolute()
    suffix = '' if args.fold is None else f'_fold{args.fold}'
    protocol = getattr(args, 'protocol', None)
    if isinstance(protocol, str):  # of a training; tests take lists of them
        suffix += f'_{Path(protocol).stem}'
    return str(Path('work_dirs') / f'{config.parent.name}_{config.stem}{suffix}')
