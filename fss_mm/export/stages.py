"""What becomes a graph: the steps of a segmentor as modules of tensors alone.

Shape letters: N images, C classes, H W image size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..models import FewShotSegmentor
from ..models.layers import at_least_single
from ..models.strategies import average_probabilities, resized_inputs
from ..models.strategies.adapted_weights import segment_with_weights
from ..structures import ClassRepresentation, Levels, QueryFeatures

Classes = Mapping[str, Sequence[ClassRepresentation]]


class ImageReader(nn.Module):
    """Images as Pillow gives them to what the backbone sees.

    Args:
        preprocessor (nn.Module): Of the segmentor: its ``normalize`` is in the graph.
        size (tuple[int, int], optional): (H, W) that images are resized to, bilinearly
            as by MMCV's ``Resize``, which rounds to whole values behind it. Defaults to
            None: the network sees them at their own size.
    """

    def __init__(self, preprocessor: nn.Module, size: tuple[int, int] | None) -> None:
        super().__init__()
        self.preprocessor, self.size = preprocessor, size

    def forward(self, images: Tensor) -> Tensor:
        """(N, H, W, 3), uint8 RGB, to normalised (N, 3, h, w)."""
        images = images.permute(0, 3, 1, 2).flip(1)  # loaders give BGR
        if self.size is not None:
            images = F.interpolate(
                images.float(), self.size, mode='bilinear', align_corners=False
            )
        return self.preprocessor.normalize(images)


class EncoderStage(nn.Module):
    """Images to what the head keeps of them, whatever class is looked for.

    Args:
        segmentor (FewShotSegmentor): In eval mode.
        size (tuple[int, int], optional): As in :class:`ImageReader`.
    """

    def __init__(
        self, segmentor: FewShotSegmentor, size: tuple[int, int] | None
    ) -> None:
        super().__init__()
        self.segmentor = segmentor
        self.reader = ImageReader(segmentor.data_preprocessor, size)

    def forward(self, images: Tensor) -> Levels:
        """(N, H, W, 3), uint8 RGB, to reduced levels, (N, C, h, w) each."""
        query = self.segmentor.encode_queries(self.reader(images))
        return self.segmentor.describe_queries(query).levels


class SegmentStage(nn.Module):
    """Reduced levels and a class as named tensors, to logits.

    Args:
        segmentor (FewShotSegmentor): In eval mode, without ``fine_tuning``.
        shots (int): K of the classes, where they are kept apart.
    """

    def __init__(self, segmentor: FewShotSegmentor, shots: int) -> None:
        super().__init__()
        self.segmentor, self.shots = segmentor, shots

    def forward(
        self, levels: Levels, tensors: dict[str, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Find N classes in N images.

        Args:
            levels (tuple[Tensor]): Of :class:`EncoderStage`.
            tensors (dict[str, Tensor]): Of ``ClassRepresentation.tensors()``, (N, ...).

        Returns:
            tuple[Tensor, Tensor]: Logits (N, 2, h, w), and the probability of the class
            (N, h, w), both at the head's resolution.
        """
        # the images and their size are not among the inputs: a head that looks at them
        # again fails here, and is told from others
        query = QueryFeatures(tuple(levels), image_size=None)
        representation = ClassRepresentation.from_tensors(tensors)
        logits = at_least_single(self.segmentor.segment_reduced(query, representation))
        return logits, logits.softmax(1)[:, 1]


class BakedClasses(nn.Module):
    """Images to masks of given classes, which are part of the module.

    Args:
        segmentor (FewShotSegmentor): In eval mode.
        classes (Mapping[str, Sequence[ClassRepresentation]]): Of each class one
            representation for each of the segmentor's ``test_scales``, all of N = 1.
        levels (Mapping[str, float]): By name, the unit in which a class's log-odds are
            compared with those of others; 1 for those that are not in it. A single
            class is where its log-odds are above 0, whatever its level.
        size (tuple[int, int], optional): As in :class:`ImageReader`.
    """

    def __init__(
        self,
        segmentor: FewShotSegmentor,
        classes: Classes,
        levels: Mapping[str, float],
        size: tuple[int, int] | None,
    ) -> None:
        super().__init__()
        self.segmentor = segmentor
        self.reader = ImageReader(segmentor.data_preprocessor, size)
        self.classes = nn.ModuleList(
            nn.ModuleList(map(_Representation, scales)) for scales in classes.values()
        )
        self.levels = tuple(float(levels.get(name, 1.0)) for name in classes)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Segment.

        Args:
            images (Tensor): (N, H, W, 3), uint8 RGB.

        Returns:
            tuple[Tensor, Tensor, Tensor]: The mask (N, H, W), uint8: 0 background, then
            the classes from 1 on, in order; the probability of each class against its
            background, (N, C, H, W); and their log-odds, of the same shape. All are at
            the images' own size.
        """
        size = images.shape[1:3]
        queries = self._queries(self.reader(images))
        found = [self._log_odds(scales, queries, size) for scales in self.classes]
        odds = torch.stack(found, dim=1)
        shares = odds / odds.new_tensor(self.levels).view(-1, 1, 1)
        best, place = (shares if len(found) > 1 else odds).max(1)
        mask = torch.where(best > 0, place + 1, 0).to(torch.uint8)
        return mask, odds.sigmoid(), odds

    def _log_odds(
        self,
        scales: nn.ModuleList,
        queries: Sequence[tuple[QueryFeatures, QueryFeatures]],
        size: Sequence[int],
    ) -> Tensor:
        """Of one class: (N, H, W)."""
        head = self.segmentor.decode_head
        logits = [one(self.segmentor, *query) for one, query in zip(scales, queries)]
        whole = [head.predict_by_feat(at_least_single(x), size) for x in logits]
        background, foreground = average_probabilities(whole).unbind(1)
        return foreground - background

    def _queries(self, images: Tensor) -> list[tuple[QueryFeatures, QueryFeatures]]:
        """Features of the images, and what the head makes of them, at each scale."""
        queries = []
        for scale in self.segmentor.test_scales:
            resized = resized_inputs(dict(query=images), scale)['query']
            query = self.segmentor.encode_queries(resized)
            queries.append((query, self.segmentor.decode_head.reduce_query(query)))
        return queries


class _Representation(nn.Module):
    """A class at one scale, as buffers."""

    def __init__(self, representation: ClassRepresentation) -> None:
        super().__init__()
        own = representation.map(lambda x: x.detach().cpu().clone())
        self.parts, self.weights = _Buffers(own.parts), _Buffers(own.weights)

    def forward(
        self, segmentor: FewShotSegmentor, query: QueryFeatures, reduced: QueryFeatures
    ) -> Tensor:
        """Logits of N images, (N, 2, h, w), with the class's own weights if it has."""
        one = ClassRepresentation(self.parts.named())
        repeated = one.repeated(query.levels[0].shape[0])
        weights = {k: v[0] for k, v in self.weights.named().items()}
        if weights:
            return segment_with_weights(segmentor, query, repeated, weights)
        return segmentor.segment_reduced(reduced, repeated)


class _Buffers(nn.Module):
    """Tensors by names that may hold dots."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.names = tuple(tensors)
        for number, value in enumerate(tensors.values()):
            self.register_buffer(str(number), value)

    def named(self) -> dict[str, Tensor]:
        """The tensors."""
        return {name: getattr(self, str(i)) for i, name in enumerate(self.names)}
