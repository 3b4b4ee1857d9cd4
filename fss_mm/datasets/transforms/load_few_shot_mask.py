"""The mask of one episode, from whatever form of mask a data set has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform

from ...index import IGNORE_INDEX
from ...index.class_index import INDEX_MASKS
from ...index.instances import draw_class
from ...index.mask_reading import MaskReading, union
from ...index.mask_values import LOSSY, mask_pixels, open_mask
from ...registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadFewShotMask(BaseTransform):
    """Load a mask and make the episode's class 1, ignored pixels 255 and all else 0.

    Ignored are the mask's own pixels of 255 and those of ``ignored_classes``, unless
    they are of the episode's class as well (in forms in which classes overlap).

    The data set says in which form the mask is: an index mask, a class's binary mask, a
    class's instances, or an index mask that is there already. Comes before anything
    changes the mask's size, and checks that mask and image belong together.

    Required keys: ``ori_shape`` (the image's size on disk), ``class_id`` and
    ``num_classes``; ``gt_seg_map``, or ``instances`` and ``mask_size`` (height, width),
    or ``seg_map_path``. Optional keys: ``mask_reading``, what the values of the file
    mean (:class:`~fss_mm.index.mask_reading.MaskReading`; by default they are class
    ids); ``ignored_classes`` (ids); and where a mask shows one class alone,
    ``more_seg_map_paths``, files that are laid over the first one, and
    ``ignored_instances`` or ``ignored_mask_paths`` of the ignored classes.
    Added or modified keys: ``gt_seg_map`` (H, W) uint8, ``seg_fields``.

    Args:
        base_labels (bool): Of an index mask, keep the base classes as well, for methods
            that learn them beside the episode's (BAM): ``gt_base_map`` (H, W) uint8
            holds their positions in ``base_classes``, from 1, and else 0 or 255. It
            takes part in what follows. Defaults to False.
    """

    def __init__(self, base_labels: bool = False) -> None:
        self.base_labels = base_labels

    def transform(self, results: dict) -> dict:
        """Load, check and binarise.

        Raises:
            OSError: If the file cannot be decoded.
            ValueError: If the mask is not a single channel, has another size than the
                image, or holds a value outside the class table; for a JPEG where its
                values matter; for labels of the base classes, if it shows the episode's
                class alone.
        """
        mask, value = self._load(results)
        self._check(mask, results)
        ignored = self._ignored(mask, results)
        labels = (mask == value).astype(np.uint8)
        labels[ignored & (labels == 0)] = IGNORE_INDEX
        results['gt_seg_map'] = labels
        if self.base_labels:
            self._require_index_mask(results)
            base = _base_map(mask, results['base_classes'])
            base[ignored] = IGNORE_INDEX
            results['gt_base_map'] = base
        added = dict.fromkeys(('gt_seg_map', 'gt_base_map')[: 1 + self.base_labels])
        results['seg_fields'] = list(dict.fromkeys(results['seg_fields']) | added)
        return results

    def _load(self, results: dict) -> tuple[np.ndarray, int]:
        """The mask as it is, and the value that the episode's class has in it."""
        if 'gt_seg_map' in results:
            return results['gt_seg_map'], results['class_id']
        if 'instances' in results:
            return draw_class(results['instances'], *results['mask_size']), 1
        paths = [results['seg_map_path'], *results.get('more_seg_map_paths', ())]
        mask = union([self._read(path, results) for path in paths])
        return mask, 1 if _is_binary(results) else results['class_id']

    def _ignored(self, mask: np.ndarray, results: dict) -> np.ndarray:
        """Where the mask says 255, or an ignored class is: (H, W) bool."""
        ignored = mask == IGNORE_INDEX
        if 'instances' in results:
            instances = results.get('ignored_instances')
            if instances:
                ignored |= draw_class(instances, *results['mask_size']) > 0
        elif _is_binary(results):
            for path in results.get('ignored_mask_paths', ()):
                ignored |= self._read(path, results) > 0
        else:
            ignored |= np.isin(mask, results.get('ignored_classes', ()))
        return ignored

    @staticmethod
    def _require_index_mask(results: dict) -> None:
        if 'instances' in results or _is_binary(results):
            raise ValueError(
                f'{results.get("seg_map_path", results.get("name"))}: a mask of one '
                'class, and base_labels=True needs those of all classes; use index '
                'masks (fss-mm convert folder), or leave base_labels out'
            )

    def _read(self, path: str, results: dict) -> np.ndarray:
        """Labels of a mask file of the image's size: (H, W) uint8."""
        reading = _reading(results)
        try:
            image, is_lossy = open_mask(path)
            if is_lossy and not reading.takes_lossy:
                raise ValueError(LOSSY)
        except ValueError as error:
            raise ValueError(f'{path}: {error}') from error
        mask = reading.label_pixels(mask_pixels(image))
        self._check(mask, results | dict(seg_map_path=path))
        return mask

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


def _reading(results: dict) -> MaskReading:
    return results.get('mask_reading', INDEX_MASKS)


def _is_binary(results: dict) -> bool:
    """Whether the mask is a file that shows one class alone."""
    return 'seg_map_path' in results and _reading(results).is_binary


def _base_map(mask: np.ndarray, base_classes: Sequence[int]) -> np.ndarray:
    """(H, W) uint8: 1, 2, ... where base classes are, 255 where nothing is known."""
    table = np.zeros(256, dtype=np.uint8)
    table[list(base_classes)] = np.arange(1, len(base_classes) + 1)
    table[IGNORE_INDEX] = IGNORE_INDEX
    return table[mask]
