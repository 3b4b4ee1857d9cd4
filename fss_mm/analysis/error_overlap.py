"""Errors that a few-shot model shares with a supervised one: SimPropNet's Table 1.

Both are scored on the same queries. Of the pixels that the few-shot model gets wrong,
how many does the supervised model get wrong as well? Where it is few, these pixels are
not hard in themselves. The paper gives "% error overlap" of missed regions (FN) and of
wrongly found ones (FP), and the "overall gap in true prediction", with no formula. Here

* overlap is the share of the few-shot model's errors that both make. Its other
  readings, the errors of both over those of either, and over the supervised model's,
  are in the JSON file;
* by chance is the overlap that independent errors would have: the share of the class
  that the supervised model misses, and of the background that it takes for the class;
* the TP gap is the share of the class that the supervised model finds, less the
  few-shot model's; the gap in mIoU, which the paper's text speaks of, is beside it.

Counts are summed over a class's episodes and divided once; means are over classes.

Shape letters: H W mask size, E episodes, D counts of an episode, V ratios.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..evaluation.markdown import markdown_table
from .class_means import (
    ClassFigures,
    CountedEpisodes,
    class_figures,
    draw_means,
    percent,
)
from .figures import new_figure, png_of
from .packed_mask import PackedMask
from .result import AnalysisResult
from .scored_samples import scored_samples
from .subject import Subject

NAME = 'error_overlap'
COUNTS = (
    'few_tp', 'few_fn', 'few_fp',
    'supervised_tp', 'supervised_fn', 'supervised_fp',
    'both_fn', 'both_fp', 'background',
)  # fmt: skip
RATIOS = (
    'fn_overlap', 'fn_by_chance', 'fp_overlap', 'fp_by_chance', 'tp_gap',
    'few_shot_iou', 'supervised_iou', 'iou_gap',
    'fn_of_either', 'fp_of_either', 'fn_of_supervised', 'fp_of_supervised',
)  # fmt: skip
SHOWN = {
    'fn_overlap': 'FN overlap', 'fn_by_chance': 'by chance',
    'fp_overlap': 'FP overlap', 'fp_by_chance': 'by chance ',
    'tp_gap': 'TP gap', 'few_shot_iou': 'mIoU few-shot',
    'supervised_iou': 'mIoU supervised', 'iou_gap': 'gap in mIoU',
}  # fmt: skip
Masks = Mapping[tuple[int, int], PackedMask]  # by (image, class id)


def error_counts(
    few: np.ndarray, supervised: np.ndarray, truth: np.ndarray
) -> tuple[int, ...]:
    """Count one query's pixels.

    Args:
        few (np.ndarray): (H, W), bool: where the few-shot model sees the class.
        supervised (np.ndarray): (H, W), bool: where the other one does.
        truth (np.ndarray): (H, W): 0, 1 or 255, which counts nowhere.

    Returns:
        tuple[int, ...]: In the order of :data:`COUNTS`.
    """
    fg, bg = truth == 1, truth == 0
    parts = [
        part for own in (few, supervised) for part in (fg & own, fg & ~own, bg & own)
    ]
    parts += [fg & ~few & ~supervised, bg & few & supervised, bg]
    return tuple(int(part.sum()) for part in parts)


def error_ratios(sums: np.ndarray) -> np.ndarray:
    """Percentages of summed counts.

    Args:
        sums (np.ndarray): (..., D).

    Returns:
        np.ndarray: (..., V), in the order of :data:`RATIOS`; nan where there is nothing
        to divide by.
    """
    count = dict(zip(COUNTS, np.moveaxis(sums, -1, 0)))
    truth = count['few_tp'] + count['few_fn']
    ratio = dict(
        fn_by_chance=percent(count['supervised_fn'], truth),
        fp_by_chance=percent(count['supervised_fp'], count['background']),
        tp_gap=percent(count['supervised_tp'], truth) - percent(count['few_tp'], truth),
        few_shot_iou=percent(count['few_tp'], truth + count['few_fp']),
        supervised_iou=percent(count['supervised_tp'], truth + count['supervised_fp']),
    )
    ratio['iou_gap'] = ratio['supervised_iou'] - ratio['few_shot_iou']
    for kind in ('fn', 'fp'):
        few, other = count[f'few_{kind}'], count[f'supervised_{kind}']
        both = count[f'both_{kind}']
        ratio[f'{kind}_overlap'] = percent(both, few)
        ratio[f'{kind}_of_supervised'] = percent(both, other)
        ratio[f'{kind}_of_either'] = percent(both, few + other - both)
    return np.stack([ratio[name] for name in RATIOS], -1)


def supervised_masks(supervised: Subject) -> Masks:
    """What a supervised model sees in the episodes' queries, of each class once.

    Args:
        supervised (Subject): Of :func:`.supervised.open_supervised`.
    """
    alone = {
        (episode.query, episode.class_id): replace(episode, supports=())
        for episode in supervised.episodes
    }
    return {
        (own.episode.query, own.episode.class_id): PackedMask.of(own.prediction)
        for own in scored_samples(supervised, list(alone.values()))
    }


def measure_errors(subject: Subject, masks: Masks) -> CountedEpisodes:
    """Segment the episodes and count errors against those of :func:`supervised_masks`.

    Raises:
        ValueError: If the masks are of other queries.
    """
    class_ids, counts = [], []
    for own in scored_samples(subject):
        episode, size = own.episode, own.truth.shape
        known = masks.get((episode.query, episode.class_id))
        if known is None:
            raise ValueError(
                f'{own.record["query"]}: the supervised model was not shown this query'
            )
        few, other = own.prediction == 1, known.at(size) == 1
        counts.append(error_counts(few, other, own.truth))
        class_ids.append(episode.class_id)
    return CountedEpisodes(np.array(class_ids), np.array(counts, np.int64))


def describe_errors(
    found: Mapping[str, CountedEpisodes],
    classes: Sequence[str],
    facts: Mapping[str, Mapping],
) -> AnalysisResult:
    """Tables, numbers and picture.

    Args:
        found (Mapping[str, CountedEpisodes]): Of each few-shot model by its name.
        classes (Sequence[str]): Names of the class ids 1, 2, ...
        facts (Mapping[str, Mapping]): Of the models and the supervised one.
    """
    figures = {
        name: class_figures(own.class_ids, own.counts, error_ratios, RATIOS)
        for name, own in found.items()
    }
    header = ['model', *SHOWN.values()]
    means = [
        [name, *(own.mean[key].text() for key in SHOWN)]
        for name, own in figures.items()
    ]
    return AnalysisResult(
        NAME,
        'Errors that a supervised model shares',
        [
            markdown_table(header, means),
            'Mean over the classes, in percent, with 95 % intervals over episodes. '
            "Overlap: share of the few-shot model's missed (FN) and wrongly found (FP) "
            'pixels that the supervised model gets wrong as well; by chance: what it '
            'would be if the two erred independently of each other. TP gap: share of '
            'the class that the supervised model finds, less that of the few-shot '
            'model.',
            *_remarks(figures),
            markdown_table(
                ['model', 'class', 'episodes', *SHOWN.values()],
                _by_class(figures, classes),
            ),
        ],  # fmt: skip
        dict(models={name: own.json(classes) for name, own in figures.items()}),
        facts,
        _picture(figures),
    )


def _remarks(figures: Mapping[str, ClassFigures]) -> list[str]:
    """Where the supervised model is no yardstick."""
    better = [name for name, own in figures.items() if own.mean['iou_gap'].value < 0]
    if not better:
        return []
    return [
        f'The supervised model has a lower mIoU than {", ".join(better)}: that it '
        'shares errors says little of how hard they are.'
    ]


def _by_class(
    figures: Mapping[str, ClassFigures], classes: Sequence[str]
) -> list[list[str]]:
    return [
        [
            name,
            classes[class_id - 1],
            str(own.num_episodes[class_id]),
            *(row[key].text() for key in SHOWN),
        ]
        for name, own in figures.items()
        for class_id, row in own.by_class.items()
    ]


def _picture(figures: Mapping[str, ClassFigures]) -> bytes:
    """Bars of the means with their intervals, models side by side."""
    figure = new_figure(10)
    axes = figure.subplots()
    draw_means(axes, figures, list(SHOWN))
    axes.axhline(0, color='black', linewidth=0.8)
    labels = [
        name.strip().replace('by chance', '... by chance') for name in SHOWN.values()
    ]
    axes.set_xticks(range(len(SHOWN)), labels, rotation=20, ha='right')
    axes.set_ylabel('%')
    axes.set_title(
        'Few-shot errors shared with the supervised model; mean over classes'
    )
    return png_of(figure)
