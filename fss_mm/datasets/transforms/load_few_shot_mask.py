"""Load a mask in any of the forms that data sets have them in."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform
from PIL import Image

from ...index.binary_masks import label_pixels
from ...index.coco_instances import CROWD, to_rle
from ...registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadFewShotMask(BaseTransform):
    """Load an index mask, a class's binary mask, or a class's instances.

    In place of ``LoadAnnotations``, and before ``BinarizeMask``. The data set says in
    which form the mask is.

    Required keys: ``seg_map_path`` and perhaps ``binary_mask``; or ``instances`` and
    ``mask_size`` (height, width).
    Added keys: ``gt_seg_map`` (H, W) uint8; ``class_value``, the value of the episode's
    class where it is not the class id. Modified keys: ``seg_fields``.
    """

    def transform(self, results: dict) -> dict:
        """Load.

        Raises:
            OSError: If the file cannot be decoded.
            ValueError: If it has more than one channel.
        """
        if 'instances' in results:
            mask = _drawn(results['instances'], *results['mask_size'])
            results['class_value'] = 1
        else:
            mask = self._read(results['seg_map_path'])
            if results.get('binary_mask'):
                mask = label_pixels(mask)
                results['class_value'] = 1
        results['gt_seg_map'] = mask
        results['seg_fields'].append('gt_seg_map')
        return results

    @staticmethod
    def _read(path: str) -> np.ndarray:
        with Image.open(path) as mask:
            if mask.mode not in ('P', 'L', '1'):
                raise ValueError(
                    f'{path}: a mask of mode {mask.mode!r}, expected one channel of '
                    '8 bits; tools/dataset_converters/folder.py --masks-out makes one'
                )
            return np.array(mask).astype(np.uint8)  # of mode '1' it is bool


def _drawn(instances: list, height: int, width: int) -> np.ndarray:
    """(H, W): 1 where an object is, else 255 where a crowd is, else 0."""
    from pycocotools import mask as rle_tools  # an extra

    mask = np.zeros((height, width), dtype=np.uint8)
    for crowd, value in ((True, CROWD), (False, 1)):
        rles = [
            to_rle(i.segmentation, height, width)
            for i in instances
            if i.is_crowd == crowd
        ]
        if rles:
            mask[rle_tools.decode(rle_tools.merge(rles)) > 0] = value
    return mask
