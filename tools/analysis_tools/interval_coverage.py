"""Measure how often the 95 % interval of a report holds the true score.

python tools/analysis_tools/interval_coverage.py
python tools/analysis_tools/interval_coverage.py --num-episodes 60 --num-resamples 1000

Lists of episodes are drawn again and again of a simulated model whose true score is
known (simulation.py). The first row is the interval of the reports, the others are ways
that were not chosen, of the same lists. A right 95 % interval holds the truth 95 times
of 100, give or take the error that is printed.
"""

from argparse import Namespace

import numpy as np
from simulation import (
    build_population,
    coverage,
    simulate_intervals,
    true_scores,
)

from fss_mm.evaluation.bootstrap import (
    EpisodeCounts,
    measured_scores,
    percentile_interval,
    resampled_scores,
    resampled_sums,
    scores_of_sums,
)
from fss_mm.evaluation.markdown import markdown_table
from fss_mm_cli.errors import run_command
from fss_mm_cli.parser import tool_parser

METHODS = (
    'percentiles, drawn within a class (reports)',
    'percentiles, drawn within a class and seed',
    'percentiles, mirrored at the score',
    'score ± 1.96 standard errors',
)
VALUES = ('mIoU', 'FBIoU', 'IoU of one class')


def parse_args() -> Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('--repetitions', type=int, default=1000)
    parser.add_argument('--num-seeds', type=int, default=5)
    parser.add_argument('--num-episodes', type=int, default=1000, help='of each seed')
    parser.add_argument('--num-classes', type=int, default=5)
    parser.add_argument('--num-resamples', type=int, default=2000)
    parser.add_argument('--only-reports', action='store_true', help='the first row')
    return parser.parse_args()


def intervals(episodes: EpisodeCounts, num_resamples: int, num: int) -> np.ndarray:
    """Bounds (methods, 2, V) of the first ``num`` of :data:`METHODS`."""
    measured = measured_scores(episodes)[0]
    drawn = resampled_scores(episodes, num_resamples)[:, 0]
    bounds = percentile_interval(drawn, measured)
    found = [bounds]
    if num > 1:
        margin = 1.96 * drawn.std(0, ddof=1)
        within = percentile_interval(within_seeds(episodes, num_resamples), measured)
        found += [within, 2 * measured - bounds[::-1]]
        found += [np.stack([measured - margin, measured + margin])]
    return np.stack(found)


def within_seeds(episodes: EpisodeCounts, num_resamples: int) -> np.ndarray:
    """Scores (R, V) of resamples that are drawn within each class and seed."""
    sums = np.zeros((num_resamples, *episodes.sums.shape), np.int64)
    ends = np.cumsum(episodes.sizes, 0)  # of each seed, among a class's episodes
    for s, sizes in enumerate(episodes.sizes):
        parts = [
            counts[:, end - size : end]
            for counts, size, end in zip(episodes.counts, sizes, ends[s])
        ]
        alone = EpisodeCounts(
            episodes.class_ids, parts, sizes[None], episodes.sums[s : s + 1]
        )
        sums[:, s] = resampled_sums(alone, num_resamples, seed=s)[:, 0]
    return scores_of_sums(sums, episodes.sizes)


def main() -> None:
    """Print coverage and width of each method."""
    args = parse_args()
    population = build_population(args.num_classes)
    truth, num = true_scores(population), 1 if args.only_reports else len(METHODS)
    bounds = simulate_intervals(
        population,
        lambda episodes: intervals(episodes, args.num_resamples, num),
        args.num_seeds,
        args.num_episodes,
        args.repetitions,
    )
    held = coverage(bounds, truth)
    errors = np.sqrt(held * (1 - held) / args.repetitions)
    widths = (bounds[..., 1, :] - bounds[..., 0, :]).mean(0) / 2
    cells = [
        [f'{100 * h:.1f} ± {100 * e:.1f} ({w:.2f})' for h, e, w in zip(*row)]
        for row in zip(held[:, :3], errors[:, :3], widths[:, :3])
    ]
    rows = [[name, *row] for name, row in zip(METHODS, cells)]
    print(
        f'{args.repetitions} repetitions of {args.num_seeds} x {args.num_episodes} '
        f'episodes, {args.num_classes} classes, {args.num_resamples} resamples; truth: '
        f'{", ".join(f"{n} {t:.2f}" for n, t in zip(VALUES, truth))}\n\n'
        f'{markdown_table(["coverage % (mean half-width)", *VALUES], rows)}'
    )


if __name__ == '__main__':
    run_command(main)
