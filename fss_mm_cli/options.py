"""Options that several commands share."""

from __future__ import annotations

from argparse import Action, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path

REFINERS = ('guided', 'sam', 'none')


class ConfigOptions(Action):
    """``KEY=VALUE ...``, read as mmengine's ``DictAction`` does.

    fss_mm is imported where there is a value, not for the parser.
    """

    def __call__(self, parser, namespace, values, option_string=None) -> None:
        """Read the values; those of a former option of this name are kept."""
        for value in values:
            if not value.partition('=')[1]:
                parser.error(f'{option_string} {value}: expected KEY=VALUE')
        from fss_mm.utils.config_options import read_options

        former = getattr(namespace, self.dest) or {}
        try:
            setattr(namespace, self.dest, former | read_options(values))
        except ValueError as error:
            parser.error(f'{option_string} {error}')


def at_least(lowest: int) -> Callable[[str], int]:
    """A type of arguments: whole numbers that are not below one."""

    def read(text: str) -> int:
        if not text.lstrip('-').isdecimal() or int(text) < lowest:
            raise ArgumentTypeError(
                f'{text!r}, expected a whole number, at least {lowest}'
            )
        return int(text)

    return read


def require_free(target: Path, option: str, overwrite: bool) -> None:
    """Check that no file is replaced without being asked for.

    Raises:
        FileExistsError: If there is one.
    """
    if target.exists() and not overwrite:
        raise FileExistsError(
            f'{target} is there: give another {option}, or --overwrite to replace it'
        )


def positive(text: str) -> float:
    """A type of arguments: numbers above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float('inf'):
        raise ArgumentTypeError(f'{text!r}, expected a number above 0')
    return number


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
        action=ConfigOptions,
        metavar='KEY=VALUE',
        help='fields to override, such as optim_wrapper.optimizer.lr=0.01',
    )


def add_opening_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of how a model is opened outside of a run."""
    parser.add_argument(
        '--trust',
        action='store_true',
        help='import the modules that the config of a model folder names',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=ConfigOptions,
        metavar='KEY=VALUE',
        help='fields of the config to override',
    )


def add_protocol_arguments(parser: ArgumentParser, several: bool) -> None:
    """Add the arguments that choose a protocol.

    Args:
        parser (ArgumentParser): Of a command.
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


def add_refiner_arguments(parser: ArgumentParser) -> None:
    """Add the arguments that say what sharpens masks; see docs/refine.md."""
    parser.add_argument(
        '--refine',
        choices=REFINERS,
        help='sharpen masks by their images: a guided filter, SAM, or not at all; '
        "without it what the config's model.refiner says",
    )
    parser.add_argument(
        '--sam-weights',
        metavar='FOLDER_OR_NAME',
        help='of --refine sam, and of prompts: a folder of transformers, or a name on '
        'its hub',
    )


def refiner_of(args: Namespace, sam_is_used: bool = False) -> dict | str | None:
    """What --refine asks for: a config, 'none', or None where nothing is asked.

    Args:
        args (Namespace): Of the command line.
        sam_is_used (bool): Something else wants SAM's weights. Defaults to False.

    Raises:
        ValueError: If weights lack, or are of no use.
    """
    refines = args.refine == 'sam'
    if args.sam_weights is not None and not (refines or sam_is_used):
        raise ValueError(
            '--sam-weights is of --refine sam, or of a prompt of a support: add one, '
            'or leave it out'
        )
    if args.refine is None:
        return None
    from fss_mm.models import refiner_config

    weights = args.sam_weights if refines else None
    return refiner_config(args.refine, weights) or 'none'


def add_launcher_arguments(parser: ArgumentParser) -> None:
    """Add the arguments by which torchrun and slurm start a process."""
    parser.add_argument(
        '--launcher',
        choices=('none', 'pytorch', 'slurm'),
        default='none',
        help='what starts the processes',
    )
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
