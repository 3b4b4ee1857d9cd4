"""Features of images that were encoded before, within a bound of memory."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

import torch

from ..datasets import support_mask
from ..engine.describe_images import Scales, encode_images
from ..models import FewShotSegmentor
from ..models.strategies import resized_inputs
from ..structures import PLAIN, QUERY, LoadedImage, SupportFeatures


class FeatureCache:
    """Encodes each picture once: another mask, class or prompt needs no encoder.

    It stands in the place of :func:`~fss_mm.engine.describe_images.encode_images`. A
    picture is known by its prepared pixels, whoever has uploaded it. What was not asked
    for longest goes first. A head that has views of supports encoded which depend on
    their masks gets these anew with each mask.

    Args:
        max_bytes (int): Of the features that are kept. Defaults to 512 MiB.
    """

    def __init__(self, max_bytes: int = 512 * 2**20) -> None:
        self.max_bytes, self.num_bytes, self.passes = max_bytes, 0, 0
        self._kept: OrderedDict[tuple, Scales] = OrderedDict()
        self._lock = Lock()

    def __call__(
        self, model: FewShotSegmentor, role: str, images: Sequence[LoadedImage]
    ) -> Scales:
        """As :func:`~fss_mm.engine.describe_images.encode_images`; one is kept."""
        if len(images) != 1:
            return encode_images(model, role, images)
        (image,) = images
        of_mask = role != QUERY and tuple(model.support_views) != (PLAIN,)
        key = (id(model), role, _digest(image, of_mask))
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
        if found is None:
            found = encode_images(model, role, images)
            self._keep(key, found)
        if role == QUERY or of_mask:
            return found
        return tuple(
            _with_mask(one, image, scale)
            for one, scale in zip(found, model.test_scales)
        )

    def forget(self, model: FewShotSegmentor) -> None:
        """Let go of a model's features."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == id(model)]:
                self.num_bytes -= _size(self._kept.pop(key))

    def _keep(self, key: tuple, features: Scales) -> None:
        with self._lock:
            self.passes += 1
            former = self._kept.pop(key, None)
            self.num_bytes += _size(features) - (_size(former) if former else 0)
            self._kept[key] = features
            while self.num_bytes > self.max_bytes and len(self._kept) > 1:
                self.num_bytes -= _size(self._kept.popitem(last=False)[1])


def _with_mask(
    features: SupportFeatures, image: LoadedImage, scale: float
) -> SupportFeatures:
    """The same support with another mask."""
    mask = support_mask(image)[None, None].to(features.masks.device)
    mask = resized_inputs(dict(support_mask=mask), scale)['support_mask']
    return replace(features, masks=mask)


def _digest(image: LoadedImage, with_mask: bool) -> bytes:
    """What names the pixels, and perhaps the mask."""
    tensors = [image.image] + ([support_mask(image)] if with_mask else [])
    digest = hashlib.blake2b(digest_size=16)
    for tensor in tensors:
        plain = tensor.cpu().contiguous()
        digest.update(repr(tuple(plain.shape)).encode())
        digest.update(plain.view(torch.uint8).numpy())
    return digest.digest()


def _size(features: Scales) -> int:
    return sum(one.num_bytes for one in features)
