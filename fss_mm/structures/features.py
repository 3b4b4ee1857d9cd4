"""The values between encoder and head.

Shape letters: N episodes, K shots, C channels, H W image size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from .tensor_record import TensorRecord

Levels = tuple[Tensor, ...]
PLAIN = 'plain'
"""The view of a support that is the image itself."""


@dataclass(frozen=True)
class QueryFeatures(TensorRecord):
    """What is known of a batch of queries.

    Args:
        levels (tuple[Tensor]): Per feature level, (N, C, h, w); levels may differ in
            size.
        image_size (tuple[int, int]): Height and width of the images that were encoded.
        images (Tensor, optional): (N, 3, H, W), normalised, for what looks at them once
            more behind the head. Defaults to None.
    """

    levels: Levels
    image_size: tuple[int, int]
    images: Tensor | None = None

    def tensors(self) -> dict[str, Tensor]:
        """Levels by number, and the images."""
        found = {str(i): level for i, level in enumerate(self.levels)}
        return found if self.images is None else found | dict(images=self.images)

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> QueryFeatures:
        """As in :class:`TensorRecord`."""
        levels = tuple(tensors[str(i)] for i in range(len(self.levels)))
        return replace(self, levels=levels, images=tensors.get('images'))


@dataclass(frozen=True)
class SupportFeatures(TensorRecord):
    """What is known of the supports of a batch of episodes.

    Args:
        masks (Tensor): (N, K, H, W), uint8: 0 background, 1 the class, 255 ignore.
        views (dict[str, tuple[Tensor]]): What the head asked to have encoded of the
            supports, by name: 'plain' is the image itself. Per feature level,
            (N, K, C, h, w).
        images (Tensor, optional): (N, K, 3, H, W), normalised, as a query's. Defaults
            to None.
        base_masks (Tensor, optional): (N, K, H, W), uint8: labels of the base classes,
            1, 2, ... in the order of the data set's ``base_classes``, 0 elsewhere, and
            255. Defaults to None: nothing is known of them.
    """

    masks: Tensor
    views: dict[str, Levels]
    images: Tensor | None = None
    base_masks: Tensor | None = None

    @property
    def levels(self) -> Levels:
        """Of the plain images.

        Raises:
            ValueError: If the head has not asked for them.
        """
        if PLAIN not in self.views:
            raise ValueError(
                f'supports were encoded as {tuple(self.views)} alone, and are needed '
                f'as they are: put {PLAIN!r} into the support_views of the head'
            )
        return self.views[PLAIN]

    @property
    def num_shots(self) -> int:
        """Number of supports of each episode, K."""
        return self.masks.shape[1]

    def tensors(self) -> dict[str, Tensor]:
        """Masks, and the levels of each view by number; what is None is left out."""
        found = {
            f'{name}.{i}': level
            for name, levels in self.views.items()
            for i, level in enumerate(levels)
        }
        more = dict(images=self.images, base_masks=self.base_masks)
        found |= {name: value for name, value in more.items() if value is not None}
        return dict(masks=self.masks) | found

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> SupportFeatures:
        """As in :class:`TensorRecord`."""
        views = {
            name: tuple(tensors[f'{name}.{i}'] for i in range(len(levels)))
            for name, levels in self.views.items()
        }
        more = tensors.get('images'), tensors.get('base_masks')
        return SupportFeatures(tensors['masks'], views, *more)

    def shots(self, which: Sequence[int]) -> SupportFeatures:
        """Some of the supports, in the given order."""
        return self.map(lambda x: x[:, list(which)])

    def as_queries(self) -> QueryFeatures:
        """Every support in a query's place: (NK, C, h, w) a level.

        A re-indexing: nothing is encoded again.
        """
        levels = tuple(level.flatten(0, 1) for level in self.levels)
        images = None if self.images is None else self.images.flatten(0, 1)
        shown = self.masks if images is None else images
        return QueryFeatures(levels, tuple(shown.shape[-2:]), images)
