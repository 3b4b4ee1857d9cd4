"""Score layers at several levels, whose rows are classes (AMP's reduced FCN-8s).

Shape letters: B any batch, N classes, L labels, C channels, H W mask size, h w feature
size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .mask_size_pooling import mask_size_weights
from .precision import at_least_single, without_autocast

_FIRST_SCALE = 20.0


class ScoreLayers(nn.Module):
    """A linear score of every level, added up; the last level is reduced before.

    What a label looks like is a row of each layer, so that a new label is a new row.
    This is ``reduced_fcn8s`` of AMP's released code: a 1 x 1 convolution on the last
    level; behind it ReLU, dropout and a score; a score of each other level as it is;
    no biases. Scores of deeper levels are resized to the level before, to the nearest
    cell.

    Args:
        in_channels (Sequence[int]): Of the levels, the shallowest first.
        num_labels (int): L, with the background.
        channels (int): Of the reduced last level. Defaults to 256.
        dropout (float): Channel-wise, on the reduced level. Defaults to 0.5.
        cosine (bool): :meth:`forward`, that is training, takes cosines times a learned
            scale, 20 at first, instead of products; rows have length 1. Defaults to
            False.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        num_labels: int,
        channels: int = 256,
        dropout: float = 0.5,
        cosine: bool = False,
    ) -> None:
        super().__init__()
        self.reduction = nn.Conv2d(in_channels[-1], channels, 1)
        self.dropout = nn.Dropout2d(dropout)
        widths = (*in_channels[:-1], channels)
        self.layers = nn.ModuleList(
            nn.Conv2d(width, num_labels, 1, bias=False) for width in widths
        )
        self.cosine = cosine
        if cosine:
            self.scales = nn.Parameter(torch.full((len(widths),), _FIRST_SCALE))

    def reduce(self, levels: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Levels (B, C, h, w) with the last one reduced, as proxies are taken of."""
        return (*levels[:-1], self.reduction(levels[-1]))

    def rows(self) -> list[Tensor]:
        """Rows of each layer, (L, C); of length 1 where cosines are learned."""
        rows = [layer.weight.flatten(1) for layer in self.layers]
        return [F.normalize(row, dim=1) for row in rows] if self.cosine else rows

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        """Scores of the layer's own labels: (B, L, h, w), of the first level's size.

        Args:
            levels (Sequence[Tensor]): (B, C, h, w) each, not reduced.
        """
        rows = [row.unsqueeze(0) for row in self.rows()]
        return self.scores(self.reduce(levels), rows, self.cosine)

    def scores(
        self, levels: Sequence[Tensor], rows: Sequence[Tensor], cosine: bool = False
    ) -> Tensor:
        """Scores under given rows: (B, L, h, w), of the first level's size.

        Args:
            levels (Sequence[Tensor]): (B, C, h, w) each, of :meth:`reduce`.
            rows (Sequence[Tensor]): (B, L, C) or (1, L, C) of each level.
            cosine (bool): Cosines times the scale, where one was learned, instead of
                products. Defaults to False.
        """
        total = None
        for place in reversed(range(len(levels))):
            level = levels[place]
            if place == len(levels) - 1:
                level = self.dropout(level.relu())
            own = self._score(level, rows[place], place, cosine)
            if total is not None:
                own = own + F.interpolate(total, own.shape[-2:], mode='nearest')
            total = own
        return total

    def _score(self, level: Tensor, rows: Tensor, place: int, cosine: bool) -> Tensor:
        scale = self.scales[place] if cosine and self.cosine else 1
        if cosine:
            level, rows = F.normalize(level, dim=1), F.normalize(rows, dim=2)
        score = rows.to(level.dtype) @ level.flatten(2) * scale  # (B, L, hw)
        return score.unflatten(2, level.shape[-2:])


def label_means(feat: Tensor, labels: Tensor, num_labels: int) -> Tensor:
    """Mean of the features under each label, seen at the labels' size.

    The features' cells are repeated to the nearest pixel, as if they were resized.

    Args:
        feat (Tensor): (B, C, h, w).
        labels (Tensor): (B, H, W), any integer dtype; others than 0 ... L - 1 count
            nowhere.
        num_labels (int): L.

    Returns:
        Tensor: (B, L, C), at least in single precision; zeros of a label without a
        pixel.
    """
    feat = at_least_single(feat)
    which = torch.arange(num_labels, device=labels.device)
    hits = (labels.unsqueeze(1) == which.view(-1, 1, 1)).to(feat.dtype)  # (B, L, H, W)
    weights = mask_size_weights(hits, feat.shape[-2:], mode='nearest').flatten(2)
    with without_autocast(feat):  # sums over thousands of pixels
        sums = weights @ feat.flatten(2).transpose(1, 2)
    return sums / weights.sum(2, keepdim=True).clamp_min(1)


def class_against_rest(logits: Tensor, label: int) -> Tensor:
    """Logits of two classes, whose larger one is that of the prediction.

    Args:
        logits (Tensor): (B, L, h, w), L at least 2.
        label (int): The class.

    Returns:
        Tensor: (B, 2, h, w): the largest of the other labels, and the class's.
    """
    rest = torch.cat([logits[:, :label], logits[:, label + 1 :]], dim=1)
    return torch.stack([rest.amax(1), logits[:, label]], dim=1)
