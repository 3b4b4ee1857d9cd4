"""All episodes of a test, with their logits, while each image is encoded once.

Shape letters: h w feature size.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby

from mmengine.logging import print_log
from torch import Tensor
from torch.utils.data import DataLoader

from ...datasets import episode_sample
from ...models import FewShotSegmentor, largest_images
from ...structures import (
    QUERY,
    SUPPORT,
    FewShotSegDataSample,
    ImageRole,
    LoadedImage,
)
from .held_images import HeldImages
from .image_stream import LoadFailure, image_stream
from .plan import Step, plan_steps
from .support_sets import SetLogits, SupportSets
from .tasks import Task, by_class, by_query, by_support_set

Predicted = tuple[FewShotSegDataSample, list[Tensor], bool, Tensor | None]


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
        self.tasks, self.budget = list(tasks), max_gib * 2**30
        self.held = HeldImages(model, batch_size, self.budget)
        self.sets = [SupportSets(model, batch_size) for _ in model.test_scales]

    def __len__(self) -> int:
        """Number of episodes of this process."""
        return sum(len(task.episodes) for task in self.tasks)

    def __iter__(self) -> Iterator[Predicted]:
        """Yield data sample, logits (1, 2, h, w) of each scale, and what diverged.

        Last comes the query as the network saw it, normalised, (1, 3, H, W).

        Raises:
            OSError, ValueError: If an image cannot be loaded, with the episodes that
                need it.
            MemoryError: If a device is full, with the numbers to lower.
        """
        waiting = self.tasks
        self._measure(sorted(waiting, key=by_query)[:1])
        while waiting:
            waiting = yield from self._run(self._ordered(waiting))
        self._log()

    # ---- order ---------------------------------------------------------------------

    def _ordered(self, tasks: Sequence[Task]) -> list[Task]:
        """By support set where it is learned from; by class where room is short."""
        if self.model.fine_tuning is not None:
            return sorted(tasks, key=by_support_set)
        largest = self.held.largest
        supports = {image for task in tasks for image in task.supports}
        needed = len(supports) * largest[SUPPORT] + self.batch_size * largest[QUERY]
        return sorted(tasks, key=by_query if needed <= self.budget else by_class)

    def _plan(self, tasks: Sequence[Task]) -> list[Step]:
        tuned = self.model.fine_tuning is not None
        steps = plan_steps(
            tasks,
            self.held.cost,
            self.budget,
            group=(lambda task: task.supports) if tuned else (lambda task: task.query),
            groups_a_step=1 if tuned else self.batch_size,
            held=self.held.values,
        )
        return list(steps)

    def _run(self, tasks: list[Task]) -> Iterator:
        """Do tasks; what is left comes back, where images are larger than planned."""
        steps, done = self._plan(tasks), 0
        roles = (role for step in steps for role in step.make)
        images = image_stream(self.dataset, roles, self.loader.num_workers)
        for step in steps:
            self.held.drop(step.drop)
            self.held.make([(r, self._usable(r, next(images))) for r in step.make])
            self._require_room(step)
            yield from self._segment(step)
            done += len(step.tasks)
            if self.held.num_bytes > self.budget and done < len(tasks):
                return tasks[done:]
        return []

    def _require_room(self, step: Step) -> None:
        """Check that what a single task needs fits.

        Raises:
            ValueError: If not, with the number to raise.
        """
        needed = sum(self.held.cost(image) for image in step.tasks[0].images)
        if len(step.tasks) == 1 and needed > self.budget:
            raise ValueError(
                f'one episode alone holds {needed / 2**20:.2f} MiB of features and '
                f'representations, more than max_gib={self.budget / 2**30:.3g} allows: '
                'raise it in test_cfg (and val_cfg)'
            )

    def _measure(self, tasks: Sequence[Task]) -> None:
        """Make the first images, to know what one of each role takes."""
        for task in tasks:
            roles = (task.query, task.supports[0])
            for role, image in zip(roles, image_stream(self.dataset, roles, 0)):
                self.held.make([(role, self._usable(role, image))])

    def _usable(self, role: ImageRole, image: LoadedImage | LoadFailure) -> LoadedImage:
        """An image that was loaded.

        Raises:
            OSError, ValueError: If it was not, or its pixels are drawn at random.
        """
        if isinstance(image, LoadFailure):
            tasks = [task for task in self.tasks if role in task.images]
            needing = [episode for task in tasks for episode in task.episodes]
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

    # ---- values to logits ----------------------------------------------------------

    def _segment(self, step: Step) -> Iterator:
        """Segment the tasks of a step, and say of which episodes they are."""
        for query, own in groupby(step.tasks, key=lambda task: task.query):
            own = list(own)
            scales = [
                self._segment_at(scale, query, own) for scale in range(len(self.sets))
            ]
            images = largest_images(self.held.values[query])
            for place, task in enumerate(own):
                logits = [found.logits[place : place + 1] for found in scales]
                diverged = any(found.diverged[place] for found in scales)
                for episode in task.episodes:
                    yield self._sample(task, episode), logits, diverged, images

    def _segment_at(
        self, scale: int, query: ImageRole, tasks: Sequence[Task]
    ) -> SetLogits:
        """One query against the support sets of some tasks, at one scale."""
        values = self.held.values
        infos = [self.dataset.episode_info(task.episodes[0]) for task in tasks]
        with self.held.computing():
            return self.sets[scale](
                values[query][scale],
                {s: values[s][scale] for task in tasks for s in task.supports},
                [task.supports for task in tasks],
                [info['support_set_seed'] for info in infos],
            )

    def _sample(self, task: Task, episode: Hashable) -> FewShotSegDataSample:
        loaded = self.held.loaded
        metas = [loaded[support].meta for support in task.supports]
        return episode_sample(
            loaded[task.query], metas, self.dataset.episode_info(episode)
        )

    def _log(self) -> None:
        kinds = [f'{n} {role} images' for role, n in self.held.num_made.items()]
        print_log(
            f'encoded {" and ".join(kinds)} for {len(self)} episodes, of which '
            f'{len(self.tasks)} are different tasks',
            'current',
            logging.INFO,
        )


def _names(episodes: Sequence[Hashable], most: int = 10) -> str:
    """The first few episodes, by seed and number."""
    own = [getattr(episode, 'episode', episode) for episode in episodes]
    names = [f'{episode.seed}/{episode.number}' for episode in own]
    more = f' and {len(names) - most} more' if len(names) > most else ''
    return f'seed/number {", ".join(names[:most])}{more}'
