"""What is made of images, while it is held: encoded, described, measured.

Shape letters: H W image size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby

import torch
from torch import Tensor

from ...datasets import support_mask
from ...models import FewShotSegmentor
from ...structures import QUERY, SUPPORT, ImageRole, LoadedImage, TensorRecord

Scales = tuple[TensorRecord, ...]  # a value for each test scale
Pairs = Sequence[tuple[ImageRole, LoadedImage]]
_NO_MEMORY = 'out of memory', "can't allocate memory"


class HeldImages:
    """Encodes images and holds what segmenting needs of them.

    Args:
        model (FewShotSegmentor): In eval mode, on its device.
        batch_size (int): Images in a pass of the encoder.
        max_bytes (int): What may be held, for messages; a plan keeps to it.
    """

    def __init__(
        self, model: FewShotSegmentor, batch_size: int, max_bytes: int
    ) -> None:
        self.model, self.batch_size, self.max_bytes = model, batch_size, max_bytes
        self.values: dict[ImageRole, Scales] = {}
        self.loaded: dict[ImageRole, LoadedImage] = {}
        self.costs = {QUERY: 0, SUPPORT: 0}
        self.num_made = {QUERY: 0, SUPPORT: 0}
        self._latest: tuple[ImageRole, Tensor] | None = None

    @property
    def num_bytes(self) -> int:
        """Memory of all that is held."""
        return sum(v.num_bytes for values in self.values.values() for v in values)

    def cost(self, role: ImageRole) -> int:
        """Bytes that the largest image of a role took so far."""
        return self.costs[role.role]

    def drop(self, roles: Sequence[ImageRole]) -> None:
        """Let go of images."""
        for role in roles:
            self.values.pop(role, None)
            if role.role == QUERY:  # what a support is called is kept
                self.loaded.pop(role, None)

    def make(self, pairs: Pairs) -> None:
        """Encode images and hold what is made of them; those of one size in batches."""
        ordered = sorted(pairs, key=_kind)
        for _, alike in groupby(ordered, key=_kind):
            new = [pair for pair in alike if not self._is_known(*pair)]
            for start in range(0, len(new), self.batch_size):
                self._encode(new[start : start + self.batch_size])

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Without gradients, in the model's precision.

        Raises:
            MemoryError: If the memory is full, with the numbers to lower.
        """
        try:
            with torch.inference_mode(), self.model.autocast():
                yield
        except RuntimeError as error:
            if not any(text in str(error) for text in _NO_MEMORY):
                raise
            raise MemoryError(
                f'no memory left: lower max_gib (now {self.max_bytes / 2**30:g}) or '
                f'batch_size (now {self.batch_size}) of test_cfg and val_cfg ({error})'
            ) from error

    def _is_known(self, role: ImageRole, image: LoadedImage) -> bool:
        """Take over what is held of the same pixels, asked for another class."""
        if role.role == SUPPORT:
            return False
        before, self._latest = self._latest, (role, image.image)
        if before is None or before[0] not in self.values:
            return False
        same = (before[0].test, before[0].image) == (role.test, role.image)
        if not same or not torch.equal(before[1], image.image):
            return False
        self._keep(role, image, self.values[before[0]])
        return True

    def _encode(self, pairs: Pairs) -> None:
        roles, images = zip(*pairs)
        with self.computing():
            values = [
                self._describe(roles[0].role, images, scale)
                for scale in self.model.test_scales
            ]
        for i, (role, image) in enumerate(pairs):
            own = tuple(value.map(lambda x, i=i: _row(x, i)) for value in values)
            self.num_made[role.role] += 1
            self._keep(role, image, own)

    def _keep(self, role: ImageRole, image: LoadedImage, values: Scales) -> None:
        size = sum(value.num_bytes for value in values)
        self.costs[role.role] = max(self.costs[role.role], size)
        self.values[role] = values
        self.loaded[role] = _without_pixels(role, image)

    def _describe(
        self, role: str, images: Sequence[LoadedImage], scale: float
    ) -> TensorRecord:
        model, preprocessor = self.model, self.model.data_preprocessor
        pixels = torch.stack([image.image for image in images])
        pixels = preprocessor.normalize(pixels.to(preprocessor.device))
        if role == QUERY:
            query, _ = model.encode_at(scale, dict(query=pixels))
            return model.describe_queries(query)
        masks = torch.stack([support_mask(image) for image in images])
        masks = masks[:, None].to(pixels.device)
        inputs = dict(support=pixels[:, None], support_mask=masks)
        _, supports = model.encode_at(scale, inputs)
        return model.describe_supports(supports)


def _kind(pair: tuple[ImageRole, LoadedImage]) -> tuple:
    """Images of equal kind can share a pass: one role, one size, masks of one size."""
    role, image = pair
    masked = role.role == SUPPORT and image.mask is not None
    return (
        role.role,
        tuple(image.image.shape),
        tuple(image.mask.shape) if masked else (),
    )


def _row(x: Tensor, i: int) -> Tensor:
    """Row ``i`` with its dimension, and no memory but its own."""
    row = x[i : i + 1]
    own = row.untyped_storage().nbytes() <= row.numel() * row.element_size()
    return row if own else row.clone()


def _without_pixels(role: ImageRole, image: LoadedImage) -> LoadedImage:
    """What a data sample needs of an image: nothing of a support but its names."""
    mask = image.mask if role.role == QUERY else None
    return replace(image, image=image.image.new_empty(0), mask=mask)
