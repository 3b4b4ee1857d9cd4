"""Draw the best, median and worst episodes, several models side by side.

fss-mm analyze qualitative CONFIG CHECKPOINT --show 3 --per-class
fss-mm analyze qualitative simprop/fold0 WORK_DIR --also canet/fold0 OTHER --by gap

Support with mask, query with truth, and a prediction of each model with its IoU: as one
picture and as a page, qualitative.html.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ..options import at_least
from .options import (
    add_analysis_arguments,
    add_models_argument,
    conclude,
    subjects_of,
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the analysis' arguments."""
    add_analysis_arguments(parser, 'episodes', 200)
    add_models_argument(parser)
    parser.add_argument(
        '--show',
        type=at_least(1),
        default=3,
        help='how many best, median and worst episodes each (default: 3)',
    )
    parser.add_argument(
        '--per-class', action='store_true', help='so many of each class'
    )
    parser.add_argument(
        '--by',
        choices=('first', 'mean', 'gap'),
        default='first',
        help="sort by the first model's IoU (default), by the models' mean, or by the "
        "first one's less the others' mean",
    )


def run(args: Namespace) -> None:
    """Segment, pick and draw."""
    import numpy as np

    from fss_mm.analysis.picked_episodes import pick_episodes, sort_values
    from fss_mm.analysis.qualitative import (
        PAGE,
        describe_qualitative,
        predict_all,
    )
    from fss_mm.utils.files import write_atomically

    found, facts, first = {}, {}, None
    for name, subject in subjects_of(args):
        facts[name] = subject.facts
        found[name] = predict_all(subject)
        first = first or subject
    ious = np.stack([own.ious for own in found.values()])
    names = first.dataset.classes
    groups = [names[e.class_id - 1] if args.per_class else '' for e in first.episodes]
    picks = pick_episodes(sort_values(ious, args.by), groups, args.show)
    result, page = describe_qualitative(first, found, picks, facts, args.by)
    conclude(args, result)
    data = page.encode('utf-8', 'backslashreplace')  # names that are not UTF-8
    write_atomically(args.out / PAGE, lambda file: file.write(data))
    print(args.out / PAGE)
