"""AMP (Siam et al., ICCV 2019): imprinted score layers that adapt.

Shape letters: N episodes, K shots, L labels, C channels, H W mask size, h w feature
size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ...registry import MODELS
from ...structures import (
    ClassRepresentation,
    FewShotHeadOutput,
    Levels,
    QueryFeatures,
    SupportFeatures,
)
from ..layers import ScoreLayers, class_against_rest, label_means
from .few_shot_head import FewShotDecodeHead


@MODELS.register_module()
class AMPHead(FewShotDecodeHead):
    """AMP, adaptive masked proxies (Siam, Oreshkin and Jagersand, ICCV 2019).

    A network that was trained to segment background and base classes
    (:class:`~fss_mm.models.AMPBaseHead`) gets a row for the new class in each of its
    score layers: the mean of a level's features under the class, averaged over the
    supports, scaled to length 1 (a proxy). What they show of known labels changes those
    rows as well, w <- unit((1 - alpha) w + alpha proxy), of the background always. A
    pixel is of the class where its score is the largest of all.

    The rows are what a class is here: they are made of the head's weights and the
    supports, and travel in the representation. The head's weights themselves are never
    changed, so that there is nothing to restore behind an episode.

    Which base classes a support shows is known where its pipeline loads their labels
    (``LoadFewShotMask(base_labels=True)``); else all but the class is background, and
    that row alone adapts.

    By the authors' released code. A label's proxy is a mean over all supports, also
    those that do not show it, whose features count as zeros; it is mixed with the row
    as it is, not scaled. Training with cosines (the row of their updated table) changes
    the base training alone: their test adds up products with rows of length 1.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`, shallow first.
        in_index (Sequence[int]): Likewise. Defaults to (0, 1, 2).
        num_base_classes (int): Which the base training had. Defaults to 15.
        alpha (float): Share of the supports in the rows of known labels, in [0, 1].
            Defaults to 0.25821, the release's; with fine-tuning it has 0.14139.
        channels (int): As in :class:`ScoreLayers`. Defaults to 256.
        dropout (float): Likewise. Defaults to 0.5.
        cosine (bool): The base training was with cosines. Defaults to False.
        cosine_test (bool): Episodes are scored with cosines as well, which is our
            reading and not the release's. Defaults to False.
        **kwargs: As in :class:`FewShotDecodeHead`.

    Raises:
        ValueError: If ``alpha`` is no share.

    Examples:
        >>> decode_head = dict(type='AMPHead', in_channels=(256, 512, 512))
    """

    knows_base_classes = True
    resize_mode = 'nearest'  # as in the released code

    def __init__(
        self,
        in_channels: Sequence[int],
        in_index: Sequence[int] = (0, 1, 2),
        num_base_classes: int = 15,
        alpha: float = 0.25821,
        channels: int = 256,
        dropout: float = 0.5,
        cosine: bool = False,
        cosine_test: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, in_index, **kwargs)
        if not 0 <= alpha <= 1:
            raise ValueError(f'alpha={alpha}, expected a number from 0 to 1')
        self.alpha, self.cosine_test = alpha, cosine_test
        self.new_label = num_base_classes + 1
        self.scores = ScoreLayers(
            in_channels, self.new_label, channels, dropout, cosine
        )

    def reduce_levels(self, levels: Levels) -> Levels:
        """The levels, the last one reduced."""
        return self.scores.reduce(levels)

    def represent_shots(self, supports: SupportFeatures) -> ClassRepresentation:
        """What a support shows of each label.

        ``proxy<i>`` (N, K, L + 1, C) are the means under the labels at level i, the
        new class last; ``shown`` (N, K, L + 1) is 1 where a label has a pixel, else 0.

        Raises:
            ValueError: If the supports have labels of more base classes than the head.
        """
        labels = self._labels(supports)
        shots, number = labels.shape[:2], self.new_label + 1
        flat = labels.flatten(0, 1)
        parts = {
            f'proxy{i}': label_means(x.flatten(0, 1), flat, number).unflatten(0, shots)
            for i, x in enumerate(supports.levels)
        }
        which = torch.arange(number, device=labels.device).view(-1, 1)
        shown = (labels.flatten(2).unsqueeze(2) == which).any(-1)
        return ClassRepresentation(parts | dict(shown=shown.to(parts['proxy0'].dtype)))

    def merge_shots(self, shots: ClassRepresentation) -> ClassRepresentation:
        """The score layers' rows as the supports change them: ``rows<i>`` (N, L+1, C).

        Of length 1 but those of base classes that no support shows.
        """
        self.require_shots(shots.num_shots)
        shown = shots['shown'].amax(1)[:, : self.new_label, None] > 0  # (N, L, 1)
        shown[:, 0] = True
        found = {}
        for i, own in enumerate(self.scores.rows()):
            proxy = shots[f'proxy{i}'].mean(1)
            new = F.normalize(proxy[:, self.new_label :], dim=2)
            mixed = (1 - self.alpha) * own + self.alpha * proxy[:, : self.new_label]
            known = torch.where(shown, F.normalize(mixed, dim=2), own.to(mixed.dtype))
            found[f'rows{i}'] = torch.cat([known, new], dim=1)
        return ClassRepresentation(found)

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """The new class's score against the largest of the others.

        Returns:
            FewShotHeadOutput: ``aux`` has ``scores`` (N, L + 1, h, w) of all labels.
        """
        rows = [representation[f'rows{i}'] for i in range(len(query.levels))]
        scores = self.scores.scores(query.levels, rows, self.cosine_test)
        logits = class_against_rest(scores, self.new_label)
        return FewShotHeadOutput(logits, aux=dict(scores=scores))

    def _labels(self, supports: SupportFeatures) -> Tensor:
        """Background, base classes and the new one: (N, K, H, W), and 255."""
        masks, base = supports.masks, supports.base_masks
        labels = torch.zeros_like(masks) if base is None else self._checked(base)
        labels = labels.masked_fill(masks == self.ignore_index, self.ignore_index)
        return labels.masked_fill(masks == 1, self.new_label)

    def _checked(self, base: Tensor) -> Tensor:
        known = base[base != self.ignore_index]
        if known.numel() and int(known.max()) >= self.new_label:
            raise ValueError(
                f'supports have labels of {int(known.max())} base classes, and '
                f'num_base_classes={self.new_label - 1}'
            )
        return base
