"""What later passes of a refining head add (CANet's, CRNet's).

fss-mm analyze refinement-passes CONFIG CHECKPOINT --passes 5 --show 0 4 7

The mIoU behind 1, 2, ... passes over the same episodes, and the share of the pixels
that each changed. The picture shows some episodes: support, truth, and the mask behind
each pass. For heads with refine, such as CANetHead and CRNetHead.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ..options import at_least
from .options import add_analysis_arguments, conclude, subject_of


def add_arguments(parser: ArgumentParser) -> None:
    """Add the analysis' arguments."""
    add_analysis_arguments(parser, 'episodes', 100)
    parser.add_argument('--passes', type=at_least(1), default=5, help='default: 5')
    parser.add_argument(
        '--show',
        type=at_least(0),
        nargs='+',
        default=[0, 1, 2],
        metavar='NUMBER',
        help='episodes to draw (default: 0 1 2)',
    )


def run(args: Namespace) -> None:
    """Measure and draw."""
    if max(args.show) >= args.count:
        raise ValueError(f'--show {max(args.show)}: there are {args.count} episodes')
    from fss_mm.analysis.refinement_passes import (
        describe_refinement_passes,
        measure_refinement_passes,
    )

    subject = subject_of(args)
    found = measure_refinement_passes(subject, args.passes, args.show)
    classes = subject.dataset.classes
    conclude(args, describe_refinement_passes(found, classes, subject.facts))
