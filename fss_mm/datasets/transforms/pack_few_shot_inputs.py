"""The last transform: from loaded images to one item of the data set.

Shape letters: K shots, H W image size.
"""

from __future__ import annotations

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.structures import PixelData

from ...registry import TRANSFORMS
from ...structures import FewShotSegDataSample


@TRANSFORMS.register_module()
class PackFewShotInputs(BaseTransform):
    """Pack query and supports.

    Required keys: ``query`` and ``supports`` (results of the pipelines), ``episode``,
    ``class_name``, ``fold``, ``task_seed``.

    Returns (transform): ``inputs`` with ``query`` (3, H, W) and ``support``
    (K, 3, H, W), uint8, in the loader's channel order; ``data_samples``, a
    :class:`~fss_mm.structures.FewShotSegDataSample` whose query mask is (1, H, W) and
    whose support masks are (K, H, W).
    """

    def transform(self, results: dict) -> dict:
        """Pack.

        Raises:
            ValueError: If the supports differ in size.
        """
        query, supports = results['query'], results['supports']
        sizes = {s['img'].shape[:2] for s in supports}
        if len(sizes) > 1:
            raise ValueError(
                f'supports of sizes {sorted(sizes)} (height, width) cannot be stacked; '
                'give support_pipeline a Resize to one size'
            )
        sample = FewShotSegDataSample(metainfo=self._metainfo(results))
        sample.gt_sem_seg = _masks([query])
        sample.support_gt_sem_seg = _masks(supports)
        return dict(
            inputs=dict(
                query=_image(query), support=torch.stack([_image(s) for s in supports])
            ),
            data_samples=sample,
        )

    @staticmethod
    def _metainfo(results: dict) -> dict:
        query, supports, episode = (
            results['query'],
            results['supports'],
            results['episode'],
        )
        return dict(
            class_id=episode.class_id,
            class_name=results['class_name'],
            fold=results['fold'],
            task_seed=results['task_seed'],
            seed=episode.seed,
            number=episode.number,
            query_name=query['name'],
            support_names=tuple(s['name'] for s in supports),
            img_path=query.get('img_path'),
            support_img_paths=tuple(s.get('img_path') for s in supports),
            ori_shape=tuple(query['ori_shape'][:2]),
            img_shape=tuple(query['img'].shape[:2]),
            support_ori_shapes=tuple(tuple(s['ori_shape'][:2]) for s in supports),
        )


def _image(results: dict) -> torch.Tensor:
    """(H, W, 3) array to (3, H, W) tensor."""
    return torch.from_numpy(np.ascontiguousarray(results['img'].transpose(2, 0, 1)))


def _masks(images: list[dict]) -> PixelData:
    """K masks (H, W) to one (K, H, W)."""
    masks = np.stack([r['gt_seg_map'] for r in images])
    return PixelData(data=torch.from_numpy(np.ascontiguousarray(masks)))
