"""From pictures and masks to what an encoder takes, by a config's own pipelines.

Shape letters: H W image size.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from mmcv.transforms import Compose
from mmengine.config import Config

from ..datasets.packing import pack_image
from ..registry import TRANSFORMS
from ..structures import LoadedImage
from ..utils.spelling import argument
from ..utils.type_name import type_name
from .pictures import MAX_BYTES, Picture, PictureReader

_LOADERS = ('LoadImageFromFile', 'LoadFewShotImage')
_MASKS = ('LoadFewShotMask', 'LoadAnnotations')
_FEWEST = 16  # pixels of a side, about a cell of an encoder: less shows no object
_DRAWN = (dict(type='LoadFewShotMask'),)  # of data sets that hold images at hand


@dataclass(frozen=True)
class Preparation:
    """What a test does to an image between its file and the encoder.

    Args:
        reader (PictureReader): Decodes as the pipeline does.
        query_pipeline (tuple[dict, ...]): Transforms of a query, without its loading.
        support_pipeline (tuple[dict, ...]): Likewise of a support and its mask.
    """

    reader: PictureReader
    query_pipeline: tuple[dict, ...]
    support_pipeline: tuple[dict, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, '_query', _compose(self.query_pipeline))
        object.__setattr__(self, '_support', _compose(self.support_pipeline))

    @classmethod
    def of_config(
        cls,
        cfg: Config,
        image_size: int | tuple[int, int] | None = None,
        img_range: tuple[float, float] | None = None,
        max_image_bytes: int = MAX_BYTES,
    ) -> Preparation:
        """Of a config's test.

        Args:
            cfg (Config): A whole experiment.
            image_size (int | tuple[int, int], optional): Height and width that images
                are resized to, in the place of the pipelines' own. Defaults to None.
            img_range (tuple[float, float], optional): As in :class:`PictureReader`.
            max_image_bytes (int): Likewise.

        Raises:
            ValueError: If the config has no test data set, or no such size can be.
        """
        loader = cfg.get('test_dataloader') or {}
        dataset = loader.get('dataset')
        if not isinstance(dataset, Mapping):
            raise ValueError(
                'the config has no test_dataloader.dataset, whose pipelines say how '
                'images are prepared'
            )
        query = dataset.get('query_pipeline') or _DRAWN
        support = dataset.get('support_pipeline') or query
        loading = [t for t in query if type_name(t) in _LOADERS]
        backend = loading[0].get('imdecode_backend', 'cv2') if loading else 'pillow'
        if img_range is None:
            img_range = dataset.get('img_range')
        img_range = img_range and tuple(img_range)
        return cls(
            PictureReader(backend, img_range, max_image_bytes, _FEWEST),
            _without(query, (*_LOADERS, *_MASKS), image_size),
            _without(support, _LOADERS, image_size),
        )

    def query(self, picture: Picture) -> LoadedImage:
        """Prepare a picture to be segmented: uint8, in the network's size."""
        return pack_image(self._query(_results(picture)))

    def support(self, picture: Picture, labels: np.ndarray) -> LoadedImage:
        """Prepare a support.

        Args:
            picture (Picture): The image.
            labels (np.ndarray): (H, W), uint8: 0, 1 and 255.
        """
        known = dict(gt_seg_map=labels, seg_fields=['gt_seg_map'])
        return pack_image(self._support(_results(picture) | known))

    @property
    def description(self) -> dict:
        """What is done to images: it is part of what a class is bound to."""
        return dict(
            query=self.query_pipeline,
            support=self.support_pipeline,
            backend=self.reader.backend,
        )


def _results(picture: Picture) -> dict:
    return dict(
        name=picture.name,
        class_id=1,
        num_classes=1,
        img=picture.pixels,
        img_shape=picture.size,
        ori_shape=picture.size,
        reduce_zero_label=False,
        base_classes=(),  # a mask at hand labels none
        seg_fields=[],
    )


def _without(
    pipeline: Sequence[Mapping],
    kinds: Sequence[str],
    image_size: int | tuple[int, int] | None,
) -> tuple[dict, ...]:
    """A pipeline without what loads, and perhaps with another size."""
    kept = [copy.deepcopy(dict(t)) for t in pipeline if type_name(t) not in kinds]
    if image_size is None:
        return tuple(kept)
    sizes = (image_size,) * 2 if isinstance(image_size, int) else tuple(image_size)
    if len(sizes) != 2 or not all(isinstance(s, int) and s > 0 for s in sizes):
        raise ValueError(
            f'{argument("image_size", image_size)}, expected a number of pixels, or '
            'height and width'
        )
    resize = dict(type='Resize', scale=sizes[::-1])
    return (*(t for t in kept if type_name(t) != 'Resize'), resize)


def _compose(transforms: Sequence[Mapping]) -> Compose:
    return Compose([TRANSFORMS.build(copy.deepcopy(dict(t))) for t in transforms])
