"""Put the head of a config through all checks that any head should pass.

fss-mm check-head simprop/fold0
fss-mm check-head projects/example_head/configs/nearest_color_shapes.py
fss-mm check-head own.py --expect 'loss_falls=its loss is that of the encoder'

Shapes, order of shots, ignored pixels, classes that are kept, gradients, randomness,
devices, bad input. The encoder is not run: features of its widths are made of drawn
images. The exit code is 0, or 1 where a check fails: then a line says what is wrong,
and why it matters.
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from .options import add_config_arguments


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument('config', help='of a model with the head: a path, or a name')
    parser.add_argument(
        '--expect',
        nargs='+',
        type=_expected,
        default=[],
        metavar='CHECK=REASON',
        help='checks that are known to fail',
    )
    parser.add_argument(
        '--keep-backbone',
        action='store_true',
        help="run the config's encoder, with random weights",
    )
    add_config_arguments(parser)


def run(args: Namespace) -> int:
    """Make all checks; returns the exit code."""
    from fss_mm.testing import check_head
    from fss_mm.utils.config_options import load_config

    config = load_config(args)
    results = check_head(
        config,
        expected_failed_checks=dict(args.expect),
        on_fail=None,
        callback=lambda result: print(result, flush=True),
        keep_backbone=args.keep_backbone,
    )
    counts: dict[str, int] = {}
    for result in results:
        counts[result.status] = counts.get(result.status, 0) + 1
    print(', '.join(f'{count} {status}' for status, count in counts.items()))
    return int('failed' in counts)


def _expected(text: str) -> tuple[str, str]:
    name, _, reason = text.partition('=')
    if not reason:
        raise ArgumentTypeError(f'{text!r}, expected CHECK=REASON')
    return name, reason
