"""From what pipelines return to tensors, and from images to an item of a data set.

Shape letters: K shots, H W image size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from mmengine.structures import PixelData
from torch import Tensor

from ..structures import FewShotSegDataSample, LoadedImage


def pack_image(results: Mapping, key: str | None = None) -> LoadedImage:
    """Make tensors of an image and its mask.

    Args:
        results (Mapping): Of a pipeline: ``img`` (H, W, 3), ``ori_shape``, ``name`` and
            perhaps ``img_path``, ``gt_seg_map`` (H, W), ``gt_base_map`` (H, W).
        key (str, optional): What names these pixels. Defaults to None.
    """
    image, mask = results['img'], results.get('gt_seg_map')
    return LoadedImage(
        _tensor(image.transpose(2, 0, 1)),
        _tensor(mask),
        dict(
            name=results['name'],
            img_path=results.get('img_path'),
            ori_shape=tuple(results['ori_shape'][:2]),
            img_shape=tuple(image.shape[:2]),
            class_pixels=None if mask is None else int(np.count_nonzero(mask == 1)),
            key=key,
        ),
        _tensor(results.get('gt_base_map')),
    )


def pack_episode(
    query: LoadedImage, supports: Sequence[LoadedImage], known: Mapping
) -> dict:
    """An item of a data set.

    Args:
        query (LoadedImage): It may have no mask: then it is to be predicted.
        supports (Sequence[LoadedImage]): K of one size, with masks; none in a training
            that is not episodic.
        known (Mapping): Meta information of the episode.

    Returns:
        dict: ``inputs`` with ``query`` (3, H, W), ``support`` (K, 3, H, W) and
        ``support_mask`` (K, H, W), uint8, in the loader's channel order, and
        ``support_base_mask`` (K, H, W), where all supports have labels of the base
        classes; ``data_samples``, a :class:`~fss_mm.structures.FewShotSegDataSample`.

    Raises:
        ValueError: If supports differ in size, or one has no mask.
    """
    sizes = {tuple(support.image.shape[1:]) for support in supports}
    if len(sizes) > 1:
        raise ValueError(
            f'supports of sizes {sorted(sizes)} (height, width) cannot be stacked; '
            'give support_pipeline a Resize to one size'
        )
    inputs = dict(query=query.image)
    if supports:
        images = torch.stack([support.image for support in supports])
        inputs |= dict(support=images, **support_masks(supports))
    metas = [support.meta for support in supports]
    return dict(inputs=inputs, data_samples=episode_sample(query, metas, known))


def support_masks(supports: Sequence[LoadedImage]) -> dict[str, Tensor]:
    """Masks of supports of one size, as inputs of a network, (K, H, W) each.

    Returns:
        dict[str, Tensor]: ``support_mask``, and ``support_base_mask`` where all have
        labels of the base classes.

    Raises:
        ValueError: If one has no mask.
    """
    found = dict(support_mask=torch.stack([support_mask(own) for own in supports]))
    base = [own.base_mask for own in supports]
    if all(mask is not None for mask in base):
        found['support_base_mask'] = torch.stack(base)
    return found


def support_mask(support: LoadedImage) -> Tensor:
    """A support's mask, (H, W).

    Raises:
        ValueError: If it has none.
    """
    if support.mask is None:
        raise ValueError(
            f'support {support.meta["name"]!r} has no mask, which is what says where '
            'the class is; put LoadFewShotMask into support_pipeline'
        )
    return support.mask


def episode_sample(
    query: LoadedImage, supports: Sequence[Mapping], known: Mapping
) -> FewShotSegDataSample:
    """The data sample of an episode.

    Args:
        query (LoadedImage): The query.
        supports (Sequence[Mapping]): ``meta`` of each support.
        known (Mapping): Meta information of the episode.
    """
    sample = FewShotSegDataSample(
        metainfo=dict(
            known,
            query_name=query.meta['name'],
            query_key=query.meta['key'],
            img_path=query.meta['img_path'],
            ori_shape=query.meta['ori_shape'],
            img_shape=query.meta['img_shape'],
            class_pixels=query.meta['class_pixels'],
            support_names=tuple(meta['name'] for meta in supports),
            support_keys=tuple(meta['key'] for meta in supports),
            support_img_paths=tuple(meta['img_path'] for meta in supports),
            support_ori_shapes=tuple(meta['ori_shape'] for meta in supports),
            support_img_shapes=tuple(meta['img_shape'] for meta in supports),
            support_class_pixels=tuple(meta['class_pixels'] for meta in supports),
        )
    )
    if query.mask is not None:
        sample.gt_sem_seg = PixelData(data=query.mask[None])
    if query.base_mask is not None:
        sample.base_sem_seg = PixelData(data=query.base_mask[None])
    return sample


def _tensor(array: np.ndarray | None) -> Tensor | None:
    return None if array is None else torch.from_numpy(np.ascontiguousarray(array))
