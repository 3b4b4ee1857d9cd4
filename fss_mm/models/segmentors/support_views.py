"""Views of the supports that heads can ask to have encoded beside the plain images.

A head names them in ``support_views``; the segmentor makes and encodes them in the same
pass. Shape letters: B any batch, H W image size.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor


def foreground_only(images: Tensor, masks: Tensor) -> Tensor:
    """Images without their background (CRNet section 4.4).

    The background becomes 0 behind the normalisation: the mean colour.

    Args:
        images (Tensor): (B, 3, H, W), normalised.
        masks (Tensor): (B, H, W): 0, 1 or 255. Ignored pixels are background here.

    Returns:
        Tensor: (B, 3, H, W).

    Raises:
        ValueError: If the masks' size is not that of the images.
    """
    if images.shape[-2:] != masks.shape[-2:]:
        raise ValueError(
            f'support images of {tuple(images.shape[-2:])} and masks of '
            f'{tuple(masks.shape[-2:])} (height, width): the background can be taken '
            'out at one size only; put LoadAnnotations in front of the Resize of '
            'support_pipeline'
        )
    return images * (masks == 1).unsqueeze(1)


SUPPORT_VIEWS: dict[str, Callable[[Tensor, Tensor], Tensor]] = dict(
    foreground_only=foreground_only
)
