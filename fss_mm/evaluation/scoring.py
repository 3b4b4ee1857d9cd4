"""At which size, and on which pixels, a prediction is compared with the truth."""

from __future__ import annotations

from collections.abc import Mapping

import torch.nn.functional as F
from torch import Tensor

from ..utils.masks import foreground_mask, resize_logits

SCORE_SIZES = ('mask', 'original', 'input')
VOIDS = ('ignore', 'background')


def check_scoring(score_size: str | tuple[int, int], void: str) -> None:
    """Check the names of sizes and of what becomes of unlabelled pixels.

    Raises:
        ValueError: If one of them is unknown.
    """
    pair = isinstance(score_size, (list, tuple)) and len(score_size) == 2
    if not (pair or score_size in SCORE_SIZES):
        raise ValueError(
            f'score_size={score_size!r}, expected one of {SCORE_SIZES} or (height, '
            'width)'
        )
    if void not in VOIDS:
        raise ValueError(f'void={void!r}, expected one of {VOIDS}')


def prediction_and_target(
    sample: Mapping, score_size: str | tuple[int, int], void: str, ignore_index: int
) -> tuple[Tensor, Tensor]:
    """A data sample's prediction and truth, as they are to be compared.

    Both have the size of the loaded mask. Where another size is asked for, the logits
    are resized from the head's resolution to it (bilinear, as heads do, and once; those
    averaged over several scales from the loaded mask's size), and the mask is resized
    to the nearest pixel.

    Args:
        sample (Mapping): A FewShotSegDataSample as a dict, with ``gt_sem_seg``,
            ``pred_sem_seg`` and ``seg_logits``.
        score_size (str | tuple[int, int]): 'mask', the loaded mask's size; 'original',
            the same, which has to be the image's size on disk; 'input', the size that
            the network sees; or (height, width).
        void (str): Pixels of ``ignore_index`` in the truth: 'ignore' keeps them,
            'background' makes them background.
        ignore_index (int): 255, as a rule.

    Returns:
        tuple[Tensor, Tensor]: (H, W) of 0 and 1, and (H, W) of 0, 1 and
        ``ignore_index``.

    Raises:
        ValueError: If there is no mask, or the original size is asked for and the mask
            has another.
    """
    if 'gt_sem_seg' not in sample:
        raise ValueError(
            f'{sample["query_name"]}: a query without a mask cannot be scored; load it '
            'by LoadFewShotMask in the query_pipeline'
        )
    prediction = sample['pred_sem_seg']['data'].squeeze(0)
    target = sample['gt_sem_seg']['data'].squeeze(0).to(prediction.device)
    size = _size(sample, score_size, tuple(target.shape))
    if size != tuple(target.shape):
        logits = sample['seg_logits']['data'].to(prediction.device)  # (2, h, w)
        mode = sample.get('resize_mode', 'bilinear')  # as the head resized them
        corners = sample.get('align_corners', False)
        resized = resize_logits(logits[None].float(), size, mode, corners)
        prediction = foreground_mask(resized)[0]
        nearest = F.interpolate(target[None, None].float(), size, mode='nearest-exact')
        target = nearest[0, 0].to(target.dtype)
    if void == 'background':
        target = target.masked_fill(target == ignore_index, 0)
    return prediction, target


def _size(
    sample: Mapping, score_size: str | tuple[int, int], loaded: tuple[int, int]
) -> tuple[int, int]:
    if score_size == 'mask':
        return loaded
    if score_size == 'input':
        return tuple(sample['img_shape'])
    if score_size != 'original':
        return tuple(score_size)
    original = tuple(sample['ori_shape'])
    if loaded != original:
        raise ValueError(
            f'{sample["query_name"]}: the mask is {loaded} (height, width), its image '
            f'{original}, and this protocol scores at the original size; load the mask '
            'behind the resizing in the query_pipeline'
        )
    return original
