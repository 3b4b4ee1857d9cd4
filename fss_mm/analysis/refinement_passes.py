"""What each pass of a refining head adds: IoU, and how much of the mask still changes.

Shape letters: E episodes, n passes, H W mask size.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from torch import Tensor

from ..evaluation.functional import class_ious, episode_counts
from ..evaluation.markdown import markdown_table
from ..models import FewShotSegmentor
from ..structures import (
    QUERY,
    SUPPORT,
    ClassRepresentation,
    Episode,
    ImageRole,
    QueryFeatures,
)
from ..utils.masks import foreground_mask
from ..visualization import join_panels, outline, panel, rgb_images, stack_rows
from ..visualization.episode_strip import (
    PREDICTION_COLOR,
    SUPPORT_COLOR,
    TRUTH_COLOR,
)
from .result import AnalysisResult
from .streams import head_outputs
from .subject import Subject, require_pairs

NAME = 'refinement_passes'


@dataclass
class Passes:
    """What was measured of E episodes.

    Args:
        class_ids (list[int]): E.
        counts (list): E lists of n rows of counts, as of
            :func:`~fss_mm.evaluation.functional.episode_counts`.
        changed (list): E lists of n - 1 shares of the scored pixels.
        strips (dict[int, np.ndarray]): Number of an episode to its picture.
    """

    class_ids: list[int] = field(default_factory=list)
    counts: list[list[tuple[int, ...]]] = field(default_factory=list)
    changed: list[list[float]] = field(default_factory=list)
    strips: dict[int, np.ndarray] = field(default_factory=dict)


def measure_refinement_passes(
    subject: Subject, num_passes: int, shown: Collection[int]
) -> Passes:
    """Segment episodes with 1, 2, ... passes.

    Args:
        subject (Subject): Model and episodes, of one shot.
        num_passes (int): n.
        shown (Collection[int]): Numbers of the episodes to draw.

    Raises:
        ValueError: If the head makes one pass only, or episodes have several shots.
    """
    require_passes(subject.model)
    require_pairs(subject.dataset)
    found = Passes()

    def look(query: QueryFeatures, known: ClassRepresentation) -> list[Tensor]:
        return logits_of_passes(subject.model, query, known, num_passes)

    outputs = head_outputs(subject.model, subject.loader, subject.episodes, look)
    for episode, logits, query in outputs:
        size = query.mask.shape
        masks = [
            foreground_mask(subject.model.whole_logits([x], size))[0].cpu()
            for x in logits
        ]
        found.class_ids.append(episode.class_id)
        found.counts.append([episode_counts(mask, query.mask) for mask in masks])
        found.changed.append(changed_shares(masks, query.mask))
        if episode.number in shown:
            found.strips[episode.number] = draw_passes(subject, episode, masks)
    return found


def require_passes(model: FewShotSegmentor) -> None:
    """Check that a head refines its own prediction.

    Raises:
        ValueError: If not.
    """
    refine = getattr(model.decode_head, 'refine', None)
    if refine is None or not getattr(refine, 'use_cache', True):
        raise ValueError(
            f'{type(model.decode_head).__name__} makes one pass only: expected a head '
            'that refines its masks, such as CANetHead'
        )


def logits_of_passes(
    model: FewShotSegmentor,
    query: QueryFeatures,
    known: ClassRepresentation,
    num_passes: int,
) -> list[Tensor]:
    """Logits (1, 2, h, w) behind 1, 2, ... passes, whether they have settled or not."""
    refine, found = model.decode_head.refine, []
    before = refine.tolerance, refine.max_passes
    for number in range(1, num_passes + 1):
        refine.tolerance, refine.max_passes = None, number
        found.append(model.decode_head.segment(query, known).query_logits)
    refine.tolerance, refine.max_passes = before
    return found


def changed_shares(masks: Sequence[Tensor], truth: Tensor) -> list[float]:
    """Share of the pixels that are not void which differ from the mask before: n - 1.

    Args:
        masks (Sequence[Tensor]): n of (H, W).
        truth (Tensor): (H, W): 0, 1 or 255.
    """
    scored = (truth != 255).cpu()
    changed = [(a != b)[scored] for a, b in zip(masks, masks[1:])]
    return [float(x.float().mean()) if len(x) else 0.0 for x in changed]


def draw_passes(
    subject: Subject, episode: Episode, masks: Sequence[Tensor]
) -> np.ndarray:
    """One episode: support, truth, and a panel for each pass, RGB."""
    query, support = (
        subject.dataset.load_image(ImageRole(image, episode.class_id, role))
        for image, role in ((episode.query, QUERY), (episode.supports[0], SUPPORT))
    )
    flip = subject.model.data_preprocessor.bgr_to_rgb
    (image,) = rgb_images(query.image[None], flip)
    image = cv2.resize(image, tuple(query.mask.shape[::-1]))
    (example,) = rgb_images(support.image[None], flip)
    example = cv2.resize(example, tuple(support.mask.shape[::-1]))
    name = subject.dataset.classes[episode.class_id - 1]
    panels = [
        panel(outline(example, support.mask.numpy(), SUPPORT_COLOR), name),
        panel(outline(image, query.mask.numpy(), TRUTH_COLOR), 'truth'),
    ]
    changed = ['', *(f', changed {x:.1%}' for x in changed_shares(masks, query.mask))]
    for number, (mask, text) in enumerate(zip(masks, changed), start=1):
        both, either, *_ = episode_counts(mask, query.mask)
        caption = f'{number}: IoU {100 * both / max(either, 1):.0f}{text}'
        panels.append(panel(outline(image, mask.numpy(), PREDICTION_COLOR), caption))
    return join_panels(panels)


def describe_refinement_passes(
    found: Passes, classes: Sequence[str], facts: Mapping
) -> AnalysisResult:
    """The table, numbers and picture of :func:`measure_refinement_passes`."""
    ids, counts = np.array(found.class_ids), np.array(found.counts)
    names = {int(c): classes[c - 1] for c in np.unique(ids)}
    ious = [class_ious(ids, counts[:, n]) for n in range(counts.shape[1])]
    changed = [None, *np.mean(found.changed, axis=0).tolist()]
    rows = [
        [str(n), f'{np.mean([*own.values()]):.2f}', *(f'{own[c]:.2f}' for c in names),
         '-' if share is None else f'{share:.2%}']
        for n, (own, share) in enumerate(zip(ious, changed), start=1)
    ]  # fmt: skip
    return AnalysisResult(
        NAME,
        'What later passes of refinement add',
        [
            markdown_table(['passes', 'mIoU', *names.values(), 'changed'], rows),
            f'IoU in % over {len(ids)} episodes behind so many passes, whether the '
            'mask has settled or not. Changed: mean share of the scored pixels that '
            'the pass before had otherwise.',
        ],
        dict(
            passes=[
                dict(
                    mIoU=float(np.mean([*own.values()])),
                    by_class={names[c]: iou for c, iou in own.items()},
                    changed=share,
                )
                for own, share in zip(ious, changed)
            ]
        ),
        {'Measured on': facts},
        _png([found.strips[n] for n in sorted(found.strips)]),
    )


def _png(strips: Sequence[np.ndarray]) -> bytes:
    rows = stack_rows(list(strips))[..., ::-1]
    return cv2.imencode('.png', rows)[1].tobytes()
