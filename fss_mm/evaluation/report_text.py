"""A report as Markdown, for files and for the log."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np

from .empty_masks import count_masks, describe_empty_masks
from .markdown import fact_table, markdown_table
from .protocol_block import protocol_title
from .scores import held_out_classes

FEW_EPISODES = 20

REMARKS = (
    ('identical_inputs', 'the support is the query'),
    ('untrained', 'UNTRAINED'),
    ('trained_classes', 'TESTED CLASSES WERE TRAINED'),
    ('trained_images', 'SOME IMAGES WERE TRAINED'),
    ('label_stopped_passes', 'PASSES CHOSEN BY THE LABELS OF THE TEST'),
)
COVERS = (
    'The interval is a bootstrap over the episodes: the expected score of this model '
    'under the protocol, over the episodes that could have been drawn. Images, classes '
    'and weights are fixed.'
)


def format_report(report: Mapping) -> str:
    """The report as Markdown: headline, scores, and what they depend on."""
    provenance = dict(report['provenance'])
    hashes = provenance.pop('hashes', None) or {}
    sections = [
        headline(report),
        _caption(report),
        *_warnings(report),
        _score_table(report),
        COVERS,
        '## Protocol',
        fact_table(report['protocol']),
        '## Hashes',
        fact_table(dict(episodes_sha256=report['episodes_sha256']) | hashes),
        '## Run',
        fact_table(provenance | dict(versions=report['versions'])),
    ]
    return '\n\n'.join(sections)


def headline(report: Mapping) -> str:
    """The score in one line, with its spread and its interval."""
    mean, interval = report['mean'], report['interval']
    seeds = report['seeds']
    spread = ' (one seed)'
    if 'mIoU_std' in mean:
        std = number(mean['mIoU_std'])
        spread = f' ± {std:.2f} (std over {len(seeds)} seeds)'
    lower, upper = (number(interval[side]['mIoU']) for side in ('lower', 'upper'))
    return (
        f'mIoU {number(mean["mIoU"]):.2f}{spread}, {_level(report)} {lower:.1f} to '
        f'{upper:.1f} (half-width {number(interval["half_width"]):.1f}) over '
        f'{len(seeds)} x {report["num_episodes"]} episodes'
    )


def ordered_names(names: list[str]) -> list[str]:
    """Classes as they come, then mIoU and FBIoU."""
    return sorted(names, key=lambda name: (name in ('mIoU', 'FBIoU'), name == 'FBIoU'))


def number(value: float | None) -> float:
    """A score as JSON has it, with nan for none."""
    return math.nan if value is None else value


def _level(report: Mapping) -> str:
    return f'{100 * report["interval"]["level"]:.0f} % interval'


def _score_table(report: Mapping) -> str:
    seeds = [str(seed) for seed in report['seeds']]
    header = ['', *(f'seed {s}' for s in seeds), 'mean', 'std', _level(report)]
    names = ordered_names([name for name in report['mean'] if name != 'mIoU_std'])
    return markdown_table(header, [_row(report, seeds, name) for name in names])


def _row(report: Mapping, seeds: list[str], name: str) -> list[str]:
    """Cells of one score; '-' where a seed has no episode of the class."""
    by_seed = [report['by_seed'][seed] for seed in seeds]
    values = [number(scores[name]) for scores in by_seed if name in scores]
    cells = [
        f'{number(scores[name]):.2f}' if name in scores else '-' for scores in by_seed
    ]
    std = f'{np.std(values, ddof=1):.2f}' if len(values) > 1 else '-'
    lower, upper = (
        number(report['interval'][side][name]) for side in ('lower', 'upper')
    )
    mean = f'{number(report["mean"][name]):.2f}'
    bounds = f'{lower:.2f} to {upper:.2f}'
    return [name.removeprefix('IoU_'), *cells, mean, std, bounds]


def _warnings(report: Mapping) -> list[str]:
    """What makes the headline say less than it seems to."""
    expected, warnings = held_out_classes(report), []
    counts = {
        seed: Counter(e['class_id'] for e in report['episodes'] if e['seed'] == seed)
        for seed in report['seeds']
    }
    for seed, own in counts.items():
        if len(own) < len(expected):
            warnings.append(
                f'Seed {seed}: {len(own)} of {len(expected)} held-out classes have '
                'episodes; the mIoU is a mean over these alone.'
            )
    fewest = min(sum(counts.values(), Counter()).values())
    if fewest < FEW_EPISODES:
        warnings.append(
            f'Some class has {fewest} episodes only: the intervals are too narrow.'
        )
    counts = count_masks(report['episodes'], report['data']['classes'])
    empty = describe_empty_masks(counts)
    return [*warnings, empty] if empty else warnings


def _caption(report: Mapping) -> str:
    known = report['provenance']
    remarks = list(known.get('strategies', ()))
    remarks += [text for key, text in REMARKS if known.get(key)]
    if (known.get('training_history') or {}).get('unknown'):
        remarks.append('WEIGHTS OF UNKNOWN PAST')
    if report['num_diverged']:
        remarks.append(
            f'{report["num_diverged"]} EPISODES DIVERGED (scored without fine-tuning)'
        )
    return (
        f'IoU in %, {report["num_shots"]}-shot, fold {report["fold"]}, '
        f'{"".join(f"{remark}, " for remark in remarks)}'
        f'protocol {protocol_title(report["protocol"])}, '
        f'{report["num_episodes"]} episodes a seed, '
        f'at {", ".join(report["resolution"])} size'
    )
