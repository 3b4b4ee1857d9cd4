"""From an episode's files to an item of the data set.

Shape letters: K shots, H W image size.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

from mmcv.transforms import Compose

from ..index.image_files import unreadable
from ..registry import TRANSFORMS
from ..structures import Episode
from ..utils.local_seed import local_seed
from ..utils.random_words import task_seed


class EpisodeLoader:
    """Loads query and supports through one pipeline each, and packs them.

    What the transforms draw at random is a function of the episode's seed and number in
    training, where a task returns with other augmentation, and of its images in
    testing, where a task is the same in every list that has it.

    Args:
        query_pipeline (Sequence[dict]): Transforms of the query.
        support_pipeline (Sequence[dict], optional): Transforms of each support; None
            for those of the query.
        pack (dict): The transform that makes an item of the loaded images.
        test_mode (bool): Whether episodes are for testing.
    """

    def __init__(
        self,
        query_pipeline: Sequence[dict],
        support_pipeline: Sequence[dict] | None,
        pack: dict,
        test_mode: bool,
    ) -> None:
        self.query_pipeline = _compose(query_pipeline)
        self.support_pipeline = _compose(
            query_pipeline if support_pipeline is None else support_pipeline
        )
        self.pack = TRANSFORMS.build(pack)
        self.test_mode = test_mode

    def __call__(
        self, episode: Episode, images: Sequence[dict], **known: object
    ) -> dict:
        """Load an episode.

        Args:
            episode (Episode): Which one it is.
            images (Sequence[dict]): What the pipelines start from, of the query and of
                each support: ``name`` and the like.
            **known: ``class_name`` and ``fold`` of the episode.

        Raises:
            OSError: If a file cannot be decoded.
            ValueError: If an image and its mask do not fit.
        """
        names = [image['name'] for image in images]
        task = task_seed(known['class_name'], names[0], names[1:])
        words = (task,) if self.test_mode else (episode.seed, episode.number)
        query, *supports = (
            _run(self.support_pipeline if place else self.query_pipeline, image,
                 (*words, place))
            for place, image in enumerate(images)
        )  # fmt: skip
        return self.pack(
            dict(
                query=query, supports=supports, episode=episode, task_seed=task, **known
            )
        )


def _compose(transforms: Sequence[dict]) -> Compose:
    return Compose([TRANSFORMS.build(copy.deepcopy(t)) for t in transforms])


def _run(pipeline: Compose, image: dict, words: tuple[int, ...]) -> dict:
    try:
        with local_seed(*words):
            return pipeline(dict(reduce_zero_label=False, seg_fields=[]) | image)
    except (OSError, SyntaxError) as error:
        paths = [image.get('img_path'), image.get('seg_map_path')]
        raise OSError(unreadable(paths, error)) from error
