"""The one interface of refiners: probabilities and an image in, probabilities out.

Shape letters: C classes, H W size of the prediction, h w size of an image.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...registry import MODELS

NAMED = dict(guided='GuidedFilterRefiner', sam='SamRefiner', none=None)
"""Refiners by short names; 'none' is none, whatever a config says."""
_LEAST = 1e-6  # of a probability, so that its log-odds are a number


class MaskRefiner:
    """Sharpens masks by the image that they are of.

    A subclass implements :meth:`refine` and registers itself in ``MODELS``;
    ``model=dict(refiner=dict(type=...))`` uses it behind any head. It has no part in
    what is trained, saved or learned of a class: it may hold a module, and is none, so
    that weights which it needs are not among those of the segmentor.
    """

    def __call__(self, probabilities: Tensor, image: Tensor) -> Tensor:
        """Refine the masks of classes in one image, each by itself; no gradients.

        Args:
            probabilities (Tensor): (C, H, W), float, of each class against its
                background.
            image (Tensor): (3, h, w), uint8, RGB; of another size than the
                probabilities it is resized to theirs.

        Returns:
            Tensor: (C, H, W), float32, from 0 to 1.

        Raises:
            ValueError: If the shapes or types are others.
        """
        _check(probabilities, image)
        device = probabilities.device.type
        with torch.no_grad(), torch.autocast(device, enabled=False):
            probabilities = probabilities.detach().float()
            image = resized_image(image, probabilities.shape[-2:])
            image = image.to(probabilities.device).contiguous()
            refined = self.refine(probabilities, image)
        return refined.clamp(0, 1)

    def refine(self, probabilities: Tensor, image: Tensor) -> Tensor:
        """The same of a subclass.

        Args:
            probabilities (Tensor): (C, H, W), float32.
            image (Tensor): (3, H, W), uint8, RGB, on the same device.

        Returns:
            Tensor: (C, H, W), float32.
        """
        raise NotImplementedError


def refiner_config(refiner: str | Mapping, weights: str | None = None) -> dict | None:
    """A refiner's config from a short name.

    Args:
        refiner (str | Mapping): A name of :data:`NAMED`, or a config already.
        weights (str, optional): Of SAM. Defaults to None.

    Raises:
        ValueError: If there is no such name, or weights are needed, or are not.
    """
    if isinstance(refiner, Mapping):
        return dict(refiner)
    if not isinstance(refiner, str) or refiner not in NAMED:
        names = ', '.join(map(repr, NAMED))
        raise ValueError(f'refiner={refiner!r}, expected {names}, or dict(type=...)')
    if (refiner == 'sam') != (weights is not None):
        lacks = 'needs weights, and has none' if weights is None else 'has no weights'
        raise ValueError(
            f'refiner {refiner!r} {lacks}: SAM alone takes them (--sam-weights FOLDER, '
            "or dict(type='SamRefiner', weights=FOLDER))"
        )
    own = {} if weights is None else dict(weights=weights)
    return None if NAMED[refiner] is None else dict(type=NAMED[refiner], **own)


def build_refiner(cfg: dict | None, preprocessor: nn.Module) -> MaskRefiner | None:
    """Build a refiner of a config; None of None.

    Args:
        cfg (dict, optional): ``type`` and arguments.
        preprocessor (nn.Module): Of the segmentor, which gives the images back.

    Raises:
        ValueError: If it is none, or gets no images.
    """
    if cfg is None:
        return None
    refiner = MODELS.build(cfg)
    if not isinstance(refiner, MaskRefiner) or isinstance(refiner, nn.Module):
        raise ValueError(
            f'refiner is a {type(refiner).__name__}, expected a MaskRefiner that is no '
            'nn.Module, such as GuidedFilterRefiner'
        )
    if not hasattr(preprocessor, 'pixels'):
        raise ValueError(
            f'{type(preprocessor).__name__} has no pixels(images), which a refiner '
            'looks at; use FewShotDataPreProcessor'
        )
    return refiner


def refined_logits(refiner: MaskRefiner, logits: Tensor, image: Tensor) -> Tensor:
    """Logits of classes in one image, refined.

    Args:
        refiner (MaskRefiner): What refines.
        logits (Tensor): (C, 2, H, W), background and foreground.
        image (Tensor): As in :class:`MaskRefiner`.

    Returns:
        Tensor: (C, 2, H, W), float32, log-probabilities.
    """
    refined = refiner(logits.float().softmax(1)[:, 1], image)
    odds = refined.logit(_LEAST)
    return torch.stack((F.logsigmoid(-odds), F.logsigmoid(odds)), 1)


def resized_image(image: Tensor, size: tuple[int, int]) -> Tensor:
    """An image (3, h, w), uint8, at another size, rounded to whole values."""
    if image.shape[-2:] == tuple(size):
        return image
    resized = F.interpolate(
        image[None].float(), tuple(size), mode='bilinear', antialias=True
    )
    return resized[0].round().clamp(0, 255).to(torch.uint8)


def _check(probabilities: Tensor, image: Tensor) -> None:
    if probabilities.ndim != 3 or not probabilities.is_floating_point():
        raise ValueError(
            f'probabilities of shape {tuple(probabilities.shape)} and type '
            f'{probabilities.dtype}, expected (C, H, W) of floats'
        )
    if image.ndim != 3 or image.shape[0] != 3 or image.dtype != torch.uint8:
        raise ValueError(
            f'an image of shape {tuple(image.shape)} and type {image.dtype}, expected '
            '(3, h, w) of uint8, RGB'
        )
