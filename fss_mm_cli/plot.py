"""Draw losses and validation of trainings, side by side.

fss-mm plot work_dirs/simprop_fold0
fss-mm plot work_dirs/simprop_fold0 work_dirs/crnet_fold0 --out curves.png

It reads what MMEngine has written into the work folders. docs/train-and-test.md says
how the same goes to TensorBoard, Weights & Biases or MLflow.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from .options import require_free


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument('runs', nargs='+', metavar='RUN', help='work folder')
    parser.add_argument(
        '--out', type=Path, default=Path('curves.png'), help='default: curves.png'
    )
    parser.add_argument(
        '--loss', default='loss', help='which loss (default: loss, the sum of all)'
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='replace a picture that is there'
    )


def run(args: Namespace) -> None:
    """Draw."""
    from fss_mm.analysis.curves import draw_curves, read_curves
    from fss_mm.utils.files import write_atomically

    from .short_names import short_names

    require_free(args.out, '--out', args.overwrite)
    runs = {name: read_curves(run) for name, run in short_names(args.runs).items()}
    picture = draw_curves(runs, args.loss)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(args.out, lambda file: file.write(picture))
    for name, curves in runs.items():
        scores = curves.scores
        best = max(scores, key=scores.__getitem__, default=None)
        told = 'not validated' if best is None else f'{scores[best]:.1f} at {best}'
        print(f'{name}: best mIoU of validation {told}')
    print(args.out)
