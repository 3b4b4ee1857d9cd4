"""From a mask of many classes to the mask of one episode."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform

from ...index.class_index import IGNORE_INDEX
from ...registry import TRANSFORMS


@TRANSFORMS.register_module()
class BinarizeMask(BaseTransform):
    """Make the episode's class 1, ignored pixels 255 and all else 0.

    Comes right behind ``LoadFewShotMask`` or ``LoadAnnotations``, before anything
    changes the mask's size, and checks that mask and image belong together.

    Required keys: ``gt_seg_map`` (H, W), ``ori_shape`` (the image's size on disk),
    ``class_id``, ``num_classes``, and ``class_value`` where the mask has the class
    under another value. Modified keys: ``gt_seg_map`` (H, W), uint8.
    """

    def transform(self, results: dict) -> dict:
        """Check and binarise.

        Raises:
            ValueError: If the mask is not a single channel, has another size than the
                image, or holds a value outside the class table.
        """
        mask = results['gt_seg_map']
        self._check(mask, results)
        value = results.get('class_value', results['class_id'])
        binary = (mask == value).astype(np.uint8)
        binary[mask == IGNORE_INDEX] = IGNORE_INDEX
        results['gt_seg_map'] = binary
        return results

    @staticmethod
    def _check(mask: np.ndarray, results: dict) -> None:
        path = results.get('seg_map_path', results.get('name'))
        if mask.ndim != 2:
            raise ValueError(
                f'{path}: mask of shape {mask.shape}, expected (height, width) of '
                'class ids; convert a colour mask to an index mask'
            )
        size = tuple(results['ori_shape'][:2])
        if mask.shape != size:
            raise ValueError(
                f'{path}: mask is {mask.shape[0]} x {mask.shape[1]} (height x width) '
                f'and its image {results.get("img_path")} is {size[0]} x {size[1]}; '
                'they must be equal'
            )
        top = mask[mask != IGNORE_INDEX].max(initial=0)
        if top > results['num_classes']:
            raise ValueError(
                f'{path}: mask value {top}, expected 0 to {results["num_classes"]} or '
                f'{IGNORE_INDEX} (ignore)'
            )
