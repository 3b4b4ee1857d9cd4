"""Instances of an image as one index mask. Shape letters: H W image size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..index.instances import CROWD, Instance, to_rle


def draw_instances(
    instances: Sequence[Instance], height: int, width: int
) -> np.ndarray:
    """Index mask of an image's instances.

    Where instances overlap the smaller one stays visible: they are drawn by descending
    area (of their pixels; equal ones by ascending id). Crowds lie below everything, so
    that 255 is left where no object covers them.

    Args:
        instances (Sequence[Instance]): Those that :func:`fault` finds nothing in.
        height (int): H.
        width (int): W.

    Returns:
        np.ndarray: (H, W) uint8: 0 background, 1 ... 80 class ids, 255 crowd.
    """
    from pycocotools import mask as rle_tools  # an extra

    flat = np.zeros(height * width, dtype=np.uint8)
    if not instances:
        return flat.reshape(height, width)
    rles = [to_rle(instance.segmentation, height, width) for instance in instances]
    areas = rle_tools.area(rles).tolist()
    # RLEs run down the columns: (H, W, N) is decoded column by column
    regions = rle_tools.decode(rles).reshape(height * width, len(rles), order='F')
    for i in drawing_order(instances, areas):
        instance = instances[i]
        value = CROWD if instance.is_crowd else instance.class_id
        np.putmask(flat, regions[:, i].view(bool), value)
    return flat.reshape(height, width, order='F')


def drawing_order(instances: Sequence[Instance], areas: Sequence[int]) -> list[int]:
    """Positions of the instances from the lowest to the topmost."""

    def height_in_stack(i: int) -> tuple[bool, int, int]:
        instance = instances[i]
        return not instance.is_crowd, -areas[i], instance.annotation_id

    return sorted(range(len(instances)), key=height_in_stack)
