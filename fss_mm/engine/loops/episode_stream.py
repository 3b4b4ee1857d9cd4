"""All episodes of a test, with their logits, while each image is encoded once.

Shape letters: N episodes or images, K shots, H W image size, h w feature size.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import torch
from mmengine.logging import print_log
from torch import Tensor
from torch.utils.data import DataLoader

from ...datasets import episode_sample, support_mask
from ...models import FewShotSegmentor
from ...structures import (
    QUERY,
    SUPPORT,
    FewShotSegDataSample,
    ImageRole,
    LoadedImage,
    TensorRecord,
)
from .image_stream import LoadFailure, image_stream
from .plan import Step, plan_steps
from .support_sets import SupportSets
from .tasks import Task, by_class, by_query, by_support_set

Scales = tuple[TensorRecord, ...]  # a value for each test scale


class EpisodeStream:
    """In a test loader's place: yields every episode with its logits.

    Args:
        model (FewShotSegmentor): In eval mode, on its device.
        loader (DataLoader): The test's: data set, sampler, number of workers.
        tasks (Sequence[Task]): Of this process.
        max_gib (float): GiB of features and representations to hold.
        batch_size (int): Images in a pass of the encoder, episodes in one of the head.
    """

    def __init__(
        self,
        model: FewShotSegmentor,
        loader: DataLoader,
        tasks: Sequence[Task],
        max_gib: float,
        batch_size: int,
    ) -> None:
        self.model, self.loader, self.batch_size = model, loader, batch_size
        self.dataset, self.sampler = loader.dataset, loader.sampler
        self.tasks, self.budget = list(tasks), int(max_gib * 2**30)
        self.held: dict[ImageRole, Scales] = {}
        self.loaded: dict[ImageRole, LoadedImage] = {}
        self.cost = {QUERY: 0, SUPPORT: 0}
        self.num_made = {QUERY: 0, SUPPORT: 0}
        self.sets = [SupportSets(model, batch_size) for _ in model.test_scales]

    def __len__(self) -> int:
        """Number of episodes of this process."""
        return sum(len(task.episodes) for task in self.tasks)

    def __iter__(self) -> Iterator[tuple[FewShotSegDataSample, list[Tensor], bool]]:
        """Yield data sample, logits (1, 2, h, w) of each scale, and what diverged.

        Raises:
            OSError, ValueError: If an image cannot be loaded, with the episodes that
                need it.
            MemoryError: If a device is full, with the number to lower.
        """
        waiting = self.tasks
        self._measure(waiting[:1])
        while waiting:
            waiting = yield from self._run(self._ordered(waiting))
        self._log()

    # ---- order ---------------------------------------------------------------------

    def _ordered(self, tasks: Sequence[Task]) -> list[Task]:
        if self.model.fine_tuning is not None:
            return sorted(tasks, key=by_support_set)
        supports = {image for task in tasks for image in task.supports}
        fits = len(supports) * self.cost[SUPPORT] + self.cost[QUERY] <= self.budget
        return sorted(tasks, key=by_query if fits else by_class)

    def _run(self, tasks: list[Task]) -> Iterator:
        """Do tasks; what is left comes back, where images are larger than planned."""
        tuned = self.model.fine_tuning is not None
        steps = list(
            plan_steps(
                tasks,
                lambda image: self.cost[image.role],
                self.budget,
                (lambda task: task.supports) if tuned else (lambda task: task.query),
                1 if tuned else self.batch_size,
                self.held,
            )
        )
        images = image_stream(
            self.dataset,
            (image for step in steps for image in step.make),
            self.loader.num_workers,
        )
        done = 0
        for step in steps:
            self._make(step, images)
            yield from self._segment(step)
            done += len(step.tasks)
            held = sum(
                sum(v.num_bytes for v in values) for values in self.held.values()
            )
            if held > self.budget and done < len(tasks):
                return tasks[done:]
        return []

    # ---- images to values ----------------------------------------------------------

    def _measure(self, tasks: Sequence[Task]) -> None:
        """Make the first images, to know what one of each role takes."""
        for task in tasks:
            roles = (task.query, task.supports[0])
            for role, image in zip(roles, image_stream(self.dataset, roles, 0)):
                self._hold([role], [self._usable(role, image)])

    def _make(self, step: Step, images: Iterator) -> None:
        """Let go of what a step does not need; load, encode and hold what it does."""
        for role in step.drop:
            self.held.pop(role, None)
            if role.role == QUERY:  # what a support is called is kept
                self.loaded.pop(role, None)
        made = [(role, self._usable(role, next(images))) for role in step.make]
        for _, alike in groupby(made, key=lambda pair: _kind(*pair)):
            alike = list(alike)
            for start in range(0, len(alike), self.batch_size):
                self._hold(*zip(*alike[start : start + self.batch_size]))

    def _usable(self, role: ImageRole, image: LoadedImage | LoadFailure) -> LoadedImage:
        """An image that was loaded.

        Raises:
            OSError, ValueError: If it was not, or its pixels are drawn at random.
        """
        if isinstance(image, LoadFailure):
            needing = self._episodes_with(role)
            raise image.kind(
                f'{image.message}. {len(needing)} episodes need it '
                f'({_names(needing)}): the test ends here, without a score'
            )
        if image.meta['key'] is None:
            raise ValueError(
                f'{image.meta["name"]}: the {role.role} pipeline drew at random, as '
                "it did not for the first image; use test_cfg=dict(type='TestLoop')"
            )
        return image

    def _episodes_with(self, role: ImageRole) -> list[Hashable]:
        tasks = [task for task in self.tasks if role in task.images]
        return [episode for task in tasks for episode in task.episodes]

    def _hold(self, roles: Sequence[ImageRole], images: Sequence[LoadedImage]) -> None:
        """Encode images of one role and size, and keep what is made of each."""
        try:
            values = [self._encode(roles[0].role, images, s) for s in self._scales]
        except RuntimeError as error:
            self._explain_memory(error)
            raise
        for i, (role, image) in enumerate(zip(roles, images)):
            own = tuple(value.map(lambda x, i=i: _row(x, i)) for value in values)
            self.held[role] = own
            size = sum(value.num_bytes for value in own)
            self.cost[role.role] = max(self.cost[role.role], size)
            self.num_made[role.role] += 1
            self.loaded[role] = _without_pixels(image, role)

    @property
    def _scales(self) -> tuple[float, ...]:
        return self.model.test_scales

    def _encode(
        self, role: str, images: Sequence[LoadedImage], scale: float
    ) -> TensorRecord:
        model, preprocessor = self.model, self.model.data_preprocessor
        pixels = torch.stack([image.image for image in images])
        pixels = preprocessor.normalize(pixels.to(preprocessor.device))
        if role == QUERY:
            query, _ = model.encode_at(scale, dict(query=pixels))
            return model.describe_queries(query)
        masks = torch.stack([support_mask(image) for image in images])
        masks = masks[:, None].to(pixels.device)
        inputs = dict(support=pixels[:, None], support_mask=masks)
        _, supports = model.encode_at(scale, inputs)
        return model.describe_supports(supports)

    # ---- values to logits ----------------------------------------------------------

    def _segment(self, step: Step) -> Iterator:
        """Segment the tasks of a step, and say of which episodes they are."""
        for query, own in groupby(step.tasks, key=lambda task: task.query):
            own = list(own)
            scales = [self._segment_at(i, query, own) for i in range(len(self._scales))]
            for place, task in enumerate(own):
                logits = [found.logits[place : place + 1] for found in scales]
                diverged = any(found.diverged[place] for found in scales)
                for episode in task.episodes:
                    yield self._sample(task, episode), logits, diverged

    def _segment_at(self, scale: int, query: ImageRole, tasks: Sequence[Task]):
        """One query against the support sets of some tasks, at one scale."""
        shots = {s: self.held[s][scale] for task in tasks for s in task.supports}
        infos = [self.dataset.episode_info(task.episodes[0]) for task in tasks]
        try:
            return self.sets[scale](
                self.held[query][scale],
                shots,
                [task.supports for task in tasks],
                [info['support_set_seed'] for info in infos],
            )
        except RuntimeError as error:
            self._explain_memory(error)
            raise

    def _sample(self, task: Task, episode: Hashable) -> FewShotSegDataSample:
        metas = [self.loaded[support].meta for support in task.supports]
        info = self.dataset.episode_info(episode)
        return episode_sample(self.loaded[task.query], metas, info)

    # ---- what is said --------------------------------------------------------------

    def _explain_memory(self, error: RuntimeError) -> None:
        """Raise a MemoryError that names the numbers to lower, if it is one."""
        text = str(error)
        if 'out of memory' in text or "can't allocate memory" in text:
            raise MemoryError(
                f'no memory left: lower max_gib (now {self.budget / 2**30:g}) or '
                f'batch_size (now {self.batch_size}) of test_cfg and val_cfg ({text})'
            ) from error

    def _log(self) -> None:
        kinds = [f'{number} {role} images' for role, number in self.num_made.items()]
        print_log(
            f'encoded {" and ".join(kinds)} for {len(self)} episodes, of which '
            f'{len(self.tasks)} are different tasks',
            'current',
            logging.INFO,
        )


def _kind(role: ImageRole, image: LoadedImage) -> tuple:
    """Images of equal kind can share a pass."""
    size = None if image.mask is None else tuple(image.mask.shape)
    return role.role, tuple(image.image.shape), size if role.role == SUPPORT else None


def _row(x: Tensor, i: int) -> Tensor:
    """Row ``i`` with its dimension, and no memory but its own."""
    row = x[i : i + 1]
    own = row.untyped_storage().nbytes() <= row.numel() * row.element_size()
    return row if own else row.clone()


def _without_pixels(image: LoadedImage, role: ImageRole) -> LoadedImage:
    """What a data sample needs of an image: nothing of a support but its names."""
    mask = image.mask if role.role == QUERY else None
    return replace(image, image=image.image.new_empty(0), mask=mask)


def _names(episodes: Sequence[Hashable], most: int = 10) -> str:
    """The first few episodes, by seed and number."""
    own = [getattr(episode, 'episode', episode) for episode in episodes]
    names = [f'{episode.seed}/{episode.number}' for episode in own]
    more = f' and {len(names) - most} more' if len(names) > most else ''
    return f'seed/number {", ".join(names[:most])}{more}'
