"""What a model takes for the class: on which objects its false positives lie.

No paper shows it. A pixel of a query is of the class, of a class of the training, of
another class of the test, of one that is neither, or of nothing that is labelled. For
each kind

* taken is the share of its pixels that the model gives to the episode's class: of the
  class itself this is the recall, of the rest it should be 0;
* share of errors is how much of all false positives lie there.

A head that has learned to find its training's objects, whatever the support shows,
takes much of those and little of the class. Pixels of two classes at once count with
the kind that is named first. Counts are summed over a class's episodes and divided
once; means are over the episodes' classes.

Shape letters: H W mask size, E episodes, D counts of an episode, V ratios.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from ..datasets import FewShotSegDataset
from ..datasets.class_synonyms import fold_name, fold_names
from ..evaluation.markdown import markdown_table
from ..structures import QUERY, ImageRole
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

NAME = 'false_positives'
KINDS = {
    'trained': 'base classes',
    'held_out': 'other novel classes',
    'neither': 'other classes',
    'unlabelled': 'unlabelled pixels',
}
# of the class itself, then of each kind: pixels that are taken for the class, and all
COUNTS = tuple(f'{x}_{of}' for x in ('own', *KINDS) for of in ('taken', 'all'))
RATIOS = tuple(f'taken_{x}' for x in ('own', *KINDS)) + tuple(
    f'share_{x}' for x in KINDS
)


def taken_counts(
    prediction: np.ndarray, truth: np.ndarray, kinds: np.ndarray
) -> tuple[int, ...]:
    """Count one query's pixels.

    Args:
        prediction (np.ndarray): (H, W), bool: where the model sees the class.
        truth (np.ndarray): (H, W): 0, 1 or 255, which counts nowhere.
        kinds (np.ndarray): (H, W), of pixels that are not of the class: the position of
            their kind in :data:`KINDS`.

    Returns:
        tuple[int, ...]: In the order of :data:`COUNTS`.
    """
    places = [truth == 1]
    places += [(truth == 0) & (kinds == i) for i in range(len(KINDS))]
    pairs = [((place & prediction).sum(), place.sum()) for place in places]
    return tuple(int(x) for pair in pairs for x in pair)


def taken_ratios(sums: np.ndarray) -> np.ndarray:
    """Percentages of summed counts.

    Args:
        sums (np.ndarray): (..., D).

    Returns:
        np.ndarray: (..., V), in the order of :data:`RATIOS`; nan where there is nothing
        to divide by.
    """
    taken, whole = sums[..., 0::2], sums[..., 1::2]
    errors = taken[..., 1:]
    whole_errors = errors.sum(-1, keepdims=True)
    shares = percent(errors, np.broadcast_to(whole_errors, errors.shape))
    return np.concatenate([percent(taken, whole), shares], -1)


def classes_trained(subjects: Iterable[Subject]) -> tuple[int, ...]:
    """Class ids that any of these models was trained on.

    Where none has weights, the base classes of the data set.
    """
    subjects = list(subjects)
    dataset = subjects[0].dataset
    names = [name for own in subjects for name in own.trained]
    if not names:
        return dataset.base_classes
    trained = fold_names(names)
    known = enumerate(dataset.classes, start=1)
    return tuple(c for c, name in known if fold_name(name) in trained)


def measure_taken(subject: Subject, trained: Collection[int]) -> CountedEpisodes:
    """Segment the episodes and count what is taken for their class.

    Args:
        subject (Subject): A model and its episodes.
        trained (Collection[int]): Ids of the training's classes.
    """
    places = _Places(subject.dataset, trained)
    class_ids, counts = [], []
    for own in scored_samples(subject):
        kinds = places.kinds(own.episode.query, own.episode.class_id, own.truth.shape)
        class_ids.append(own.episode.class_id)
        counts.append(taken_counts(own.prediction == 1, own.truth, kinds))
    return CountedEpisodes(np.array(class_ids), np.array(counts, np.int64))


class _Places:
    """Where in an image which class is, each mask loaded once."""

    def __init__(self, dataset: FewShotSegDataset, trained: Collection[int]) -> None:
        self.dataset, novel = dataset, set(dataset.novel_classes)
        self.kind_of = {c: 'neither' for c in range(1, len(dataset.classes) + 1)}
        self.kind_of |= dict.fromkeys(trained, 'trained')
        self.kind_of |= dict.fromkeys(novel, 'held_out')
        self.known: dict[tuple[int, int], PackedMask] = {}

    def kinds(self, image: int, class_id: int, shape: tuple[int, int]) -> np.ndarray:
        """(H, W), as :func:`taken_counts` takes it."""
        index, order = self.dataset.index, list(KINDS)
        kinds = np.full(shape, order.index('unlabelled'))
        others = set(index.class_ids[index.image_ids == image].tolist()) - {class_id}
        ranks = {other: order.index(self.kind_of[other]) for other in others}
        for other in sorted(others, key=ranks.get, reverse=True):
            kinds[self._mask(image, other).at(shape) == 1] = ranks[other]
        return kinds

    def _mask(self, image: int, class_id: int) -> PackedMask:
        if (image, class_id) not in self.known:
            loaded = self.dataset.load_image(ImageRole(image, class_id, QUERY))
            self.known[image, class_id] = PackedMask.of(loaded.mask.numpy())
        return self.known[image, class_id]


def describe_taken(
    found: Mapping[str, CountedEpisodes],
    classes: Sequence[str],
    facts: Mapping[str, Mapping],
) -> AnalysisResult:
    """Tables, numbers and picture.

    Args:
        found (Mapping[str, CountedEpisodes]): Of each model by its name.
        classes (Sequence[str]): Names of the class ids 1, 2, ...
        facts (Mapping[str, Mapping]): Of the models.
    """
    figures = {
        name: class_figures(own.class_ids, own.counts, taken_ratios, RATIOS)
        for name, own in found.items()
    }
    header = ['recall', *(f'taken of {kind}' for kind in KINDS.values())]
    header += [f'false positives on {kind}' for kind in KINDS.values()]
    means = [[name, *_texts(own.mean)] for name, own in figures.items()]
    by_class = [
        [name, classes[c - 1], str(own.num_episodes[c]), *_texts(row)]
        for name, own in figures.items()
        for c, row in own.by_class.items()
    ]
    return AnalysisResult(
        NAME,
        'What is taken for the class',
        [
            markdown_table(['model', *header], means),
            'Mean over the classes, in percent, with 95 % intervals over episodes. '
            'Recall: share of the class that is found. Taken: share of the pixels of a '
            'kind that the model gives to the class. The rest: where the false '
            'positives lie.',
            markdown_table(['model', 'class', 'episodes', *header], by_class),
        ],
        dict(models={name: own.json(classes) for name, own in figures.items()}),
        facts,
        _picture(figures),
    )


def _texts(row: Mapping) -> list[str]:
    return [row[name].text() for name in RATIOS]


def _picture(figures: Mapping[str, ClassFigures]) -> bytes:
    """What is taken of each kind, models side by side."""
    figure = new_figure()
    axes = figure.subplots()
    names = RATIOS[: 1 + len(KINDS)]
    draw_means(axes, figures, names)
    axes.set_xticks(range(len(names)), ['the class', *KINDS.values()])
    axes.set_ylabel('taken for the class, %')
    return png_of(figure)
