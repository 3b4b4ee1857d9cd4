"""The embedded data set: drawn on the fly, nothing to download."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..index.class_index import ClassIndex
from ..registry import DATASETS
from .few_shot_dataset import FewShotSegDataset
from .shapes_scene import SHAPE_CLASSES, draw_scene

_SEEDS = dict(train=1, val=2, test=3)


@DATASETS.register_module()
class FewShotShapesDataset(FewShotSegDataset):
    """Scenes of one to three textured shapes over a textured ground, in 20 classes.

    A class is a combination of outline and texture; the four folds hold out a quarter
    of the combinations each (see :mod:`.shapes_scene`). Other objects of a scene are
    distractors, which share the outline or the texture as often as not.

    Args:
        split (str): 'train', 'val' or 'test': scenes of different seeds. Defaults to
            'train'.
        num_images (int): Number of scenes. Defaults to 2000.
        side (int): Height and width of a scene. Defaults to 96.
        num_classes (int): Up to 100, all combinations. Defaults to 20.
        query_pipeline (Sequence[dict]): Defaults to ``LoadFewShotMask`` alone.
        **kwargs: As in :class:`FewShotSegDataset`.

    Raises:
        ValueError: If there is no such split or no such number of classes, images or
            pixels.
    """

    METAINFO = dict(classes=SHAPE_CLASSES[:20])

    def __init__(
        self,
        split: str = 'train',
        num_images: int = 2000,
        side: int = 96,
        num_classes: int = 20,
        query_pipeline: Sequence[dict] = (dict(type='LoadFewShotMask'),),
        protocol: str = 'shapes',
        **kwargs,
    ) -> None:
        if split not in _SEEDS:
            raise ValueError(f'split={split!r}, expected one of {sorted(_SEEDS)}')
        if num_images < 1 or side < 1:
            raise ValueError(
                f'num_images={num_images} and side={side}, expected at least 1 of each'
            )
        most = len(SHAPE_CLASSES)
        if not 4 <= num_classes <= most:
            raise ValueError(f'num_classes={num_classes}, expected 4 to {most}')
        self.num_images, self.side = num_images, side
        super().__init__(
            split=split,
            metainfo=dict(classes=SHAPE_CLASSES[:num_classes]),
            query_pipeline=query_pipeline,
            protocol=protocol,
            **kwargs,
        )

    def scene(self, number: int, image: bool = True) -> tuple:
        """Image, or None, and mask of a scene: :func:`.draw_scene`."""
        seed, classes = _SEEDS[self.split], len(self.classes)
        return draw_scene(seed, number, self.side, image, classes)

    def load_index(self) -> ClassIndex:
        """Count the pixels of every scene's mask."""
        counts = {}
        for number in range(self.num_images):
            _, mask = self.scene(number, image=False)
            values, pixels = np.unique(mask[mask > 0], return_counts=True)
            counts[f'{self.split}_{number:06d}'] = dict(
                zip(values.tolist(), pixels.tolist())
            )
        return ClassIndex.from_counts(counts)

    def image_info(self, image: int, class_id: int) -> dict:
        """Draw a scene: what a loader would have put into the results."""
        scene, mask = self.scene(image)
        return dict(
            name=self.index.names[image],
            img=np.ascontiguousarray(scene[..., ::-1]),  # BGR, as mmcv loads it
            gt_seg_map=mask,
            seg_fields=['gt_seg_map'],
            img_shape=mask.shape,
            ori_shape=mask.shape,
        )
