"""What is made of images, while it is held: encoded, described, measured.

Shape letters: H W image size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby

import torch
from torch import Tensor

from ...models import FewShotSegmentor
from ...structures import QUERY, SUPPORT, ImageRole, LoadedImage
from ..describe_images import Scales, describe_images

Pairs = Sequence[tuple[ImageRole, LoadedImage]]
_NO_MEMORY = 'out of memory', "can't allocate memory"


class HeldImages:
    """Encodes images and holds what segmenting needs of them.

    Args:
        model (FewShotSegmentor): In eval mode, on its device.
        batch_size (int): Images in a pass of the encoder.
        max_bytes (float): What may be held, for messages; a plan keeps to it.
    """

    def __init__(
        self, model: FewShotSegmentor, batch_size: int, max_bytes: float
    ) -> None:
        self.model, self.batch_size, self.max_bytes = model, batch_size, max_bytes
        self.values: dict[ImageRole, Scales] = {}
        self.loaded: dict[ImageRole, LoadedImage] = {}
        self.num_bytes = 0
        self.num_made = {QUERY: 0, SUPPORT: 0}
        self.largest = {QUERY: 0, SUPPORT: 0}
        self._sizes: dict[ImageRole, int] = {}
        self._latest: tuple[ImageRole, Tensor, Scales] | None = None

    def cost(self, role: ImageRole) -> int:
        """Bytes of an image; of one never made, those of the largest of its role."""
        return self._sizes.get(role, self.largest[role.role])

    def drop(self, roles: Sequence[ImageRole]) -> None:
        """Let go of images."""
        for role in roles:
            del self.values[role]
            self.num_bytes -= self._sizes[role]
            if role.role == QUERY:  # what a support is called is kept
                del self.loaded[role]

    def make(self, pairs: Pairs) -> None:
        """Encode images and hold what is made of them; those of one size in batches."""
        ordered = sorted(pairs, key=_kind)
        for _, alike in groupby(ordered, key=_kind):
            new = [own for own in _twins(alike) if not self._take_over(own)]
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

    def _take_over(self, pairs: Pairs) -> bool:
        """Keep what is known of the query before, if these are its pixels once more."""
        latest = self._latest
        if latest is None or not _same_pixels(latest[:2], _pixels(pairs[0])):
            return False
        self._keep(pairs, latest[2])
        return True

    def _encode(self, twins: Sequence[Pairs]) -> None:
        """Encode images, of which each may be asked for under several classes."""
        roles, images = zip(*(pairs[0] for pairs in twins))
        with self.computing():
            values = describe_images(self.model, roles[0].role, images)
        for i, pairs in enumerate(twins):
            self.num_made[roles[i].role] += 1
            self._keep(pairs, tuple(v.map(lambda x, i=i: _row(x, i)) for v in values))

    def _keep(self, pairs: Pairs, values: Scales) -> None:
        size = sum(value.num_bytes for value in values)
        for role, image in pairs:
            self.values[role], self._sizes[role] = values, size
            self.num_bytes += size
            self.loaded[role] = _without_pixels(role, image)
            self.largest[role.role] = max(self.largest[role.role], size)
        if pairs[0][0].role == QUERY:
            self._latest = (*_pixels(pairs[-1]), values)


def _kind(pair: tuple[ImageRole, LoadedImage]) -> tuple:
    """Images of equal kind can share a pass: one role, one size, masks of one size."""
    role, image = pair
    masked = role.role == SUPPORT and image.mask is not None
    return (
        role.role,
        tuple(image.image.shape),
        tuple(image.mask.shape) if masked else (),
    )


def _pixels(pair: tuple[ImageRole, LoadedImage]) -> tuple[ImageRole, Tensor]:
    return pair[0], pair[1].image


def _same_pixels(
    one: tuple[ImageRole, Tensor], other: tuple[ImageRole, Tensor]
) -> bool:
    """Whether two queries are one image, and look the same to the encoder."""
    roles = [(role.role, role.test, role.image) for role, _ in (one, other)]
    return roles[0] == roles[1] and torch.equal(one[1], other[1])


def _twins(pairs: Iterable[tuple[ImageRole, LoadedImage]]) -> list[list]:
    """Neighbours that are one query under several classes, together."""
    found: list[list] = []
    for pair in pairs:
        query = pair[0].role == QUERY
        if query and found and _same_pixels(_pixels(found[-1][0]), _pixels(pair)):
            found[-1].append(pair)
        else:
            found.append([pair])
    return found


def _row(x: Tensor, i: int) -> Tensor:
    """Row ``i`` with its dimension, and no memory but its own."""
    row = x[i : i + 1]
    own = row.untyped_storage().nbytes() <= row.numel() * row.element_size()
    return row if own else row.clone()


def _without_pixels(role: ImageRole, image: LoadedImage) -> LoadedImage:
    """What a data sample needs of an image: nothing of a support but its names."""
    mask = image.mask if role.role == QUERY else None
    return replace(image, image=image.image.new_empty(0), mask=mask)
