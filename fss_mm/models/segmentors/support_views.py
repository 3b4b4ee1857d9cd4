"""What heads can ask to have encoded of a support.

A head names views in ``support_views``; the segmentor makes them. A view is either of
images, encoded in the same pass as the plain ones, or of levels, which starts from the
plain levels inside the backbone. Shape letters: B any batch, C channels, H W image
size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...structures import PLAIN, Levels
from .masked_stage import check_masked_stage, masked_stage

Options = Mapping[str, Mapping]


@dataclass(frozen=True)
class ImageView:
    """Other images in the supports' place.

    Args:
        make (Callable): Normalised images (B, 3, H, W) and masks (B, H, W) to what the
            backbone encodes, (B, any, H, W).
    """

    make: Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class LevelView:
    """Other levels, made of the plain ones.

    Args:
        make (Callable): The backbone, its levels of the plain images (B, C, h, w) and
            masks (B, H, W) to levels, such as those behind a masked one. What the
            head's ``view_options`` have for the view are keyword arguments.
        check (Callable, optional): Takes the backbone and the options when a model is
            built, and raises a ValueError where the view cannot be had. Defaults to
            None: anything goes.
    """

    make: Callable[..., Levels]
    check: Callable[..., None] | None = None


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
    _require_one_size(images, masks, 'the background can be taken out')
    return images * (masks == 1).unsqueeze(1)


def annotated(images: Tensor, masks: Tensor) -> Tensor:
    """Images with two more channels: where the class is, and where it is not (co-FCN).

    Both are 0 at ignored pixels, which is how sparse annotations look.

    Args:
        images (Tensor): (B, 3, H, W), normalised.
        masks (Tensor): (B, H, W): 0, 1 or 255.

    Returns:
        Tensor: (B, 5, H, W).

    Raises:
        ValueError: If the masks' size is not that of the images.
    """
    _require_one_size(images, masks, 'annotations can be channels of an image')
    labels = torch.stack([masks == 1, masks == 0], dim=1)
    return torch.cat([images, labels.to(images.dtype)], dim=1)


def _require_one_size(images: Tensor, masks: Tensor, what: str) -> None:
    if images.shape[-2:] != masks.shape[-2:]:
        raise ValueError(
            f'support images of {tuple(images.shape[-2:])} and masks of '
            f'{tuple(masks.shape[-2:])} (height, width): {what} '
            'at one size only; load the mask in front of the Resize of '
            'support_pipeline'
        )


SUPPORT_VIEWS: dict[str, ImageView | LevelView] = {
    PLAIN: ImageView(lambda images, masks: images),
    'foreground_only': ImageView(foreground_only),
    'annotated': ImageView(annotated),
    'masked_stage': LevelView(masked_stage, check_masked_stage),
}
"""Views by name; a method of your own adds what it needs."""


def image_views(
    names: tuple[str, ...], images: Tensor, masks: Tensor
) -> dict[str, Tensor]:
    """The images to encode for some views, by name."""
    chosen = {name: SUPPORT_VIEWS[name] for name in names}
    if not all(map(_of_images, chosen.values())):
        chosen = {PLAIN: SUPPORT_VIEWS[PLAIN]} | chosen  # where other views start
    return {n: v.make(images, masks) for n, v in chosen.items() if _of_images(v)}


def all_views(
    names: tuple[str, ...],
    backbone: nn.Module,
    encoded: dict[str, Levels],
    masks: Tensor,
    options: Options,
) -> dict[str, Levels]:
    """The levels of all views, from those of :func:`image_views`.

    Args:
        names (tuple[str, ...]): The head's ``support_views``.
        backbone (nn.Module): Encoder of the supports.
        encoded (dict[str, tuple[Tensor]]): Levels (B, C, h, w) of the image views.
        masks (Tensor): (B, H, W).
        options (Mapping[str, Mapping]): The head's ``view_options``.
    """
    views = {}
    for name in names:
        view = SUPPORT_VIEWS[name]
        if _of_images(view):
            views[name] = encoded[name]
        else:
            own = options.get(name, {})
            views[name] = view.make(backbone, encoded[PLAIN], masks, **own)
    return views


def check_views(names: tuple[str, ...], backbone: nn.Module, options: Options) -> None:
    """Check, before any image, that there are such views and what they start from.

    Raises:
        ValueError: If not, with what to do.
    """
    for name in names:
        if name not in SUPPORT_VIEWS:
            raise ValueError(
                f'support_views={tuple(names)}: there is no view {name!r}, expected '
                f'some of {tuple(SUPPORT_VIEWS)}; put one of your own into '
                'fss_mm.models.SUPPORT_VIEWS'
            )
        view = SUPPORT_VIEWS[name]
        if isinstance(view, LevelView) and view.check is not None:
            view.check(backbone, **options.get(name, {}))


def _of_images(view: ImageView | LevelView) -> bool:
    return isinstance(view, ImageView)
