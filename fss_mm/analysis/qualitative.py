"""Episodes as pictures, best, median and worst, several models side by side.

Shape letters: M models, E episodes, H W mask size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..evaluation.markdown import markdown_table
from ..structures import Episode
from ..visualization import (
    Entry,
    draw_episode,
    join_panels,
    outline,
    panel,
    render_page,
    rgb_images,
    stack_rows,
)
from ..visualization.episode_strip import PREDICTION_COLOR
from ..visualization.loaded_episode import caption_lines, text_block
from .packed_mask import PackedMask
from .picked_episodes import Pick
from .result import AnalysisResult
from .scored_samples import scored_samples
from .subject import Subject

NAME = 'qualitative'
PAGE = f'{NAME}.html'
MODEL_COLORS = (PREDICTION_COLOR, (213, 0, 249), (255, 109, 0), (0, 191, 165))


@dataclass(frozen=True)
class Predictions:
    """What a model made of a list of episodes, in its order.

    Args:
        ious (np.ndarray): (E,), in percent; nan where there is neither truth nor
            prediction.
        masks (list[PackedMask]): E predictions.
    """

    ious: np.ndarray
    masks: list[PackedMask]


def predict_all(subject: Subject) -> Predictions:
    """Segment all episodes of a subject, each image encoded once."""
    episodes = subject.episodes
    places = {(e.seed, e.number): i for i, e in enumerate(episodes)}
    ious = np.full(len(episodes), np.nan)
    masks: list[PackedMask | None] = [None] * len(episodes)
    for own in scored_samples(subject):
        place = places[own.episode.seed, own.episode.number]
        both, either, *_ = own.record['counts']
        ious[place] = 100 * both / either if either else np.nan
        masks[place] = PackedMask.of(own.prediction)
    return Predictions(ious, masks)


def require_same_episodes(facts: Mapping[str, Mapping]) -> None:
    """Check that models were asked the same questions.

    Args:
        facts (Mapping[str, Mapping]): Of each model by its name, see
            :func:`.subject.facts_of`.

    Raises:
        ValueError: Naming the first model that was not, and in what.
    """
    (first, own), *others = facts.items()
    for name, other in others:
        for key in ('data_set', 'index_sha256', 'fold', 'shots', 'episodes_sha256'):
            if own[key] != other[key]:
                raise ValueError(
                    f'{name} has other episodes than {first}: {key} is '
                    f'{other[key]!r}, expected {own[key]!r}; give configs of the same '
                    'data and rules'
                )


def draw_pick(
    subject: Subject, episode: Episode, found: Mapping[str, Predictions], place: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    """One episode as a row: supports, query, truth, a prediction of each model.

    Args:
        subject (Subject): Whose data set loads it.
        episode (Episode): Which one.
        found (Mapping[str, Predictions]): Of each model by its name.
        place (int): Of the episode in the list.

    Returns:
        tuple: (any, any, 3), uint8, RGB; and a line for each of its images.
    """
    item = subject.dataset[episode]
    inputs, sample = item['inputs'], item['data_samples']
    flip = subject.model.data_preprocessor.bgr_to_rgb
    truth = sample.gt_sem_seg.data[0].numpy()
    image = rgb_images(inputs['query'][None], flip)[0]
    supports = rgb_images(inputs['support'], flip)
    masks = inputs['support_mask'].numpy()
    row = draw_episode(
        image, supports, masks, truth, title=f'query: {sample.class_name}'
    )
    query = cv2.resize(image, truth.shape[::-1], interpolation=cv2.INTER_LINEAR)
    panels = [row]
    for number, (name, own) in enumerate(found.items()):
        drawn = outline(
            query,
            own.masks[place].at(truth.shape),
            MODEL_COLORS[number % len(MODEL_COLORS)],
        )
        panels.append(panel(drawn, f'{name} {_iou(own.ious[place])}'))
    return join_panels(panels), tuple(caption_lines(sample))


def describe_qualitative(
    subject: Subject,
    found: Mapping[str, Predictions],
    picks: Sequence[Pick],
    facts: Mapping[str, Mapping],
    by: str,
) -> tuple[AnalysisResult, str]:
    """Draw the picked episodes.

    Args:
        subject (Subject): Whose data set loads them.
        found (Mapping[str, Predictions]): Of each model by its name.
        picks (Sequence[Pick]): Which ones.
        facts (Mapping[str, Mapping]): Of each model by its name.
        by (str): What they were sorted by, for the title.

    Returns:
        tuple[AnalysisResult, str]: Table, numbers and picture; and a page of HTML.
    """
    episodes, rows, entries, index = subject.episodes, [], [], []
    for pick in picks:
        episode = episodes[pick.episode]
        class_name = subject.dataset.classes[episode.class_id - 1]
        ious = {name: float(own.ious[pick.episode]) for name, own in found.items()}
        row, lines = draw_pick(subject, episode, found, pick.episode)
        heading = _heading(pick, class_name, episode)
        scores = ', '.join(f'{name} {_iou(iou)}' for name, iou in ious.items())
        rows += [text_block([heading], row.shape[1]), row]
        label = f'{pick.place} {pick.number}'
        page_lines = (f'IoU: {scores}', *lines)
        entries.append(Entry(class_name, label, heading, page_lines, _jpeg(row)))
        index.append(_index_of(subject, episode, pick, class_name, ious))
    title = f'Best, median and worst episodes by {_SORTED[by]}'
    result = AnalysisResult(
        NAME,
        title,
        [_table(index, list(found)), f'As a page with a filter: [{PAGE}]({PAGE}).'],
        dict(sorted_by=by, picks=index, ious={n: p.ious for n, p in found.items()}),
        facts,
        _png(stack_rows(rows)),
    )
    conditions = next(iter(facts.values())) | {
        'models': ', '.join(
            f'{n} ({f["config"]}, {f["checkpoint"]})' for n, f in facts.items()
        )
    }
    return result, render_page(title, conditions, entries)


_SORTED = dict(
    first="the first model's IoU",
    mean="the models' mean IoU",
    gap="the first model's IoU less the others' mean",
)


def _heading(pick: Pick, class_name: str, episode: Episode) -> str:
    of = f' of {pick.group}' if pick.group else ''
    return (
        f'{pick.place} {pick.number} (rank {pick.rank} of {pick.size}{of}): '
        f'{class_name}, seed {episode.seed}, episode {episode.number}'
    )


def _index_of(
    subject: Subject,
    episode: Episode,
    pick: Pick,
    class_name: str,
    ious: Mapping[str, float],
) -> dict:
    """An episode's entry in the JSON file."""
    names = subject.dataset.index.names
    return dict(
        place=pick.place,
        number=pick.number,
        group=pick.group or None,
        rank=pick.rank,
        seed=episode.seed,
        episode=episode.number,
        class_name=class_name,
        query=names[episode.query],
        supports=[names[i] for i in episode.supports],
        iou=dict(ious),
    )


def _table(index: Sequence[Mapping], models: Sequence[str]) -> str:
    rows = [
        [
            f'{own["place"]} {own["number"]}',
            str(own['rank']),
            own['class_name'],
            f'{own["seed"]}/{own["episode"]}',
            own['query'],
            ' '.join(own['supports']),
            *(_iou(own['iou'][name]) for name in models),
        ]
        for own in index
    ]
    header = ['place', 'rank', 'class', 'seed/episode', 'query', 'supports', *models]
    return markdown_table(header, rows)


def _iou(value: float) -> str:
    return '-' if np.isnan(value) else f'{value:.1f}'


def _png(image: np.ndarray) -> bytes:
    return cv2.imencode('.png', image[..., ::-1])[1].tobytes()


def _jpeg(image: np.ndarray) -> bytes:
    quality = (cv2.IMWRITE_JPEG_QUALITY, 92)
    return cv2.imencode('.jpg', image[..., ::-1], quality)[1].tobytes()
