"""Images and episodes of a test for analyses, each image encoded once.

Shape letters: C channels, H W image size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader

from ..engine.loops.episode_stream import EpisodeStream
from ..engine.loops.image_stream import LoadFailure, image_stream
from ..engine.loops.plan import Step
from ..engine.loops.stepping_aside import reason_to_step_aside
from ..engine.loops.tasks import Task, distinct_tasks
from ..models import FewShotSegmentor
from ..models.segmentors.image_encoder import ImageEncoder
from ..structures import (
    QUERY,
    ClassRepresentation,
    Episode,
    FewShotSegDataSample,
    ImageRole,
    LoadedImage,
    QueryFeatures,
    cat_records,
)

MAX_GIB = 1.0  # of features and representations that are held
Look = Callable[[QueryFeatures, ClassRepresentation], Any]


@torch.inference_mode()
def predicted_samples(
    model: FewShotSegmentor, loader: DataLoader, episodes: Sequence[Episode]
) -> Iterator[FewShotSegDataSample]:
    """Segment episodes, in the order in which that is cheapest.

    Args:
        model (FewShotSegmentor): In eval mode, on its device.
        loader (DataLoader): Of a test, whose data set the episodes are of.
        episodes (Sequence[Episode]): Any.

    Yields:
        FewShotSegDataSample: With ``pred_sem_seg`` and ``gt_sem_seg``, (1, H, W), and
        ``episode``.
    """
    if reason_to_step_aside(model, loader) is not None:
        for episode in episodes:
            batch = pseudo_collate([loader.dataset[episode]])
            yield from model.test_step(batch)
        return
    tasks = distinct_tasks(loader.dataset, episodes)
    for sample, logits, diverged, images in EpisodeStream(
        model, loader, tasks, MAX_GIB, _batch_size(model)
    ):
        yield from model.write_predictions(logits, [sample], [diverged], images)


@torch.inference_mode()
def encoded_images(
    encoder: ImageEncoder, loader: DataLoader, pairs: Sequence[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], LoadedImage, QueryFeatures]]:
    """Load and encode images as queries, one after another, each once.

    Args:
        encoder (ImageEncoder): In eval mode, on its device.
        loader (DataLoader): Of a test, whose data set they are from.
        pairs (Sequence[tuple[int, int]]): (image, class id), whose mask is loaded. An
            image that comes with several classes is encoded once.

    Yields:
        tuple: The pair, the image with the mask of its class, its features (1, ...).

    Raises:
        OSError, ValueError: If an image cannot be loaded, or has no mask.
    """
    ordered = sorted(set(pairs))
    roles = [ImageRole(image, class_id, QUERY) for image, class_id in ordered]
    latest: tuple[int, torch.Tensor, QueryFeatures] | None = None
    for pair, loaded in zip(ordered, _loaded(loader, roles)):
        if loaded.mask is None:
            raise ValueError(
                f'{loaded.meta["name"]}: queries are loaded without a mask; put '
                'LoadFewShotMask into the query_pipeline'
            )
        known = latest is not None and latest[0] == pair[0]
        if not known or not torch.equal(latest[1], loaded.image):
            latest = pair[0], loaded.image, _encode(encoder, loaded.image)
        yield pair, loaded, latest[2]


def head_outputs(
    model: FewShotSegmentor,
    loader: DataLoader,
    episodes: Sequence[Episode],
    look: Look | None = None,
) -> Iterator[tuple[Episode, Any, LoadedImage]]:
    """What a head returns of episodes, with all that it lets one look at.

    Args:
        model (FewShotSegmentor): In eval mode, on its device. Of several test scales
            the first is looked at; shots are merged as the head does.
        loader (DataLoader): Of a test, whose data set the episodes are of.
        episodes (Sequence[Episode]): Any.
        look (Callable, optional): What to do with a query and a class, (1, ...) each.
            Defaults to None: the head's ``segment``.

    Yields:
        tuple: The episode, what ``look`` gave, and the query with its mask, without its
        pixels.

    Raises:
        ValueError: If the head has no represent and segment, or is fine-tuned.
    """
    head = model.decode_head
    if not head.represents:
        raise ValueError(
            f'{type(head).__name__} has a forward alone, and cannot be looked into: '
            'expected represent_shots and segment'
        )
    if model.fine_tuning is not None:
        raise ValueError(
            'the head is another one in each episode; look at it as it is trained: '
            '--cfg-options model.fine_tuning=None'
        )
    tasks = distinct_tasks(loader.dataset, episodes)
    yield from _HeadStream(look or head.segment, model, loader, tasks)


class _HeadStream(EpisodeStream):
    """The stream of a test, which looks into the head in the place of segmenting."""

    def __init__(
        self,
        look: Look,
        model: FewShotSegmentor,
        loader: DataLoader,
        tasks: Sequence[Task],
    ) -> None:
        super().__init__(model, loader, tasks, MAX_GIB, _batch_size(model))
        self.look = look

    def _segment(self, step: Step) -> Iterator[tuple[Episode, Any, LoadedImage]]:
        values, head = self.held.values, self.model.decode_head
        for task in step.tasks:
            with self.held.computing():
                shots = cat_records([values[s][0] for s in task.supports], 1)
                found = self.look(values[task.query][0], head.merge_shots(shots))
            for episode in task.episodes:
                yield episode, found, self.held.loaded[task.query]


def _loaded(loader: DataLoader, roles: Sequence[ImageRole]) -> Iterator[LoadedImage]:
    """Load images, or say why one cannot be."""
    for loaded in image_stream(loader.dataset, roles, loader.num_workers):
        if isinstance(loaded, LoadFailure):
            raise loaded.kind(loaded.message)
        yield loaded


def _encode(encoder: ImageEncoder, image: torch.Tensor) -> QueryFeatures:
    preprocessor = encoder.data_preprocessor
    pixels = preprocessor.normalize(image[None].to(preprocessor.device))
    with encoder.autocast():
        return encoder.encode_queries(pixels)


def _batch_size(model: FewShotSegmentor) -> int:
    on_cpu = torch.device(model.data_preprocessor.device).type == 'cpu'
    return 1 if on_cpu else 16
