"""Segmentation without training: matched cells and clusters, after INSID3.

Shape letters: N episodes, K shots, B any batch, C channels, h w feature size.
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
from ..layers import (
    above_or_best,
    backward_votes,
    cells_of_label,
    cluster_cells,
    cluster_scores,
    cosine_map,
    masked_average_pool,
    unit_vectors,
    without_autocast,
)
from .few_shot_head import FewShotDecodeHead

BACKGROUND = 'background'
_EMPTY = 1e-12  # cells, so that the mean of none is 0


@MODELS.register_module()
class ClusterMatchHead(FewShotDecodeHead):
    """Find cells that match the class both ways, and the clusters that they lie in.

    There is nothing to learn. The steps of INSID3 (Apache-2.0; the defaults are its
    values), each of which can be left out:

    1. A class is its *prototype*, the mean of the supports' cells in the mask.
    2. *Forward*: cells whose cosine to the prototype is above a threshold, or, where
       there is none, above a quantile of the image.
    3. *Backward*: of those the cells whose most similar cell in a support lies in the
       mask, by the votes of half the shots.
    4. *Clusters* of the query's cells, whatever the class, made once for each query.
    5. The cluster most like the prototype is the *seed*; others count by their
       cosine to it, and by their share of such candidates
       (:func:`~fss_mm.models.layers.cluster_scores`).

    The last chosen level is compared with supports; clusters are made of the first. Put
    the backbone into :class:`~fss_mm.models.PositionalDebias` and choose the level
    beside its debiased twin; a single level serves both.

    Logits are ``temperature`` times a score, and for the background times the score
    that decides: 0 lies between. With clusters the score is a cluster's, one value for
    all its cells. Without, it is the lesser of how far a cell is above the threshold
    and how many votes it has above those needed, as a share of the shots.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        in_index (Sequence[int]): Likewise. Defaults to (0, 1).
        candidate_threshold (float | str): Cosine to the prototype above which a cell is
            a candidate; 'background': the cosine to the mean of the supports' other
            cells, for encoders whose features are not negative, where all cosines are
            above 0. Defaults to 0.
        quantile (float): Which cells are candidates where none is above the threshold.
            Defaults to 0.9: the best tenth.
        backward (bool): Whether candidates are matched backward. Defaults to True.
        clusters (bool): Whether clusters are the mask, or candidates themselves.
            Defaults to True.
        similarity (float): As in :func:`~fss_mm.models.layers.cluster_cells`. Defaults
            to 0.6.
        max_cells (int): Likewise. Defaults to 4096.
        seed_weight (bool): Whether a cluster's cosine to the seed counts. Defaults to
            True.
        area_weight (bool): Whether the share of candidates counts. Defaults to True.
        score_threshold (float): Score above which a cluster belongs to the class.
            Defaults to 0.2.
        temperature (float): Factor on scores, which makes them logits; it does not
            change the mask. Defaults to 20, as in
            :class:`~fss_mm.models.PrototypeHead`.
        align_corners (bool): As in :class:`FewShotDecodeHead`. Defaults to False.
        **kwargs: Likewise.

    Raises:
        ValueError: If a number is out of range.

    Examples:
        >>> model = dict(
        ...     type='FewShotSegmentor',
        ...     backbone=dict(type='PositionalDebias', backbone=...),
        ...     decode_head=dict(type='ClusterMatchHead', in_channels=(384, 384)))
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        in_index: Sequence[int] = (0, 1),
        candidate_threshold: float | str = 0.0,
        quantile: float = 0.9,
        backward: bool = True,
        clusters: bool = True,
        similarity: float = 0.6,
        max_cells: int = 4096,
        seed_weight: bool = True,
        area_weight: bool = True,
        score_threshold: float = 0.2,
        temperature: float = 20.0,
        align_corners: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, in_index, align_corners=align_corners, **kwargs)
        if isinstance(candidate_threshold, str) and candidate_threshold != BACKGROUND:
            raise ValueError(
                f'candidate_threshold={candidate_threshold!r}, expected a cosine or '
                f'{BACKGROUND!r}'
            )
        in_range = 0 <= quantile <= 1 and -1 <= similarity <= 1
        if not (in_range and max_cells >= 1 and temperature > 0):
            raise ValueError(
                'expected quantile in [0, 1], similarity in [-1, 1], max_cells >= 1 '
                f'and temperature > 0, got quantile={quantile}, similarity='
                f'{similarity}, max_cells={max_cells} and temperature={temperature}'
            )
        self.candidate_threshold, self.quantile = candidate_threshold, quantile
        self.backward, self.clusters = backward, clusters
        self.similarity, self.max_cells = similarity, max_cells
        self.seed_weight, self.area_weight = seed_weight, area_weight
        self.score_threshold, self.temperature = score_threshold, temperature

    @property
    def no_graph(self) -> str:
        """As in :class:`FewShotDecodeHead`."""
        if not self.clusters:
            return ''
        return (
            'clusters are made by SciPy, outside of any graph; leave them out '
            '(decode_head.clusters=False), at the price in docs/training-free.md'
        )

    def reduce_levels(self, levels: Levels) -> Levels:
        """Cells of length 1, all levels at the size of the last: (B, C, h, w) each."""
        size = levels[-1].shape[-2:]
        return tuple(unit_vectors(_at_size(level, size)) for level in levels)

    def query_levels(self, levels: Levels) -> Levels:
        """The levels, and the cells' clusters (B, 1, h, w), int64, in front."""
        if not self.clusters:
            return levels
        clusters = cluster_cells(levels[0], self.similarity, self.max_cells)
        return (clusters, *levels)

    def represent_shots(self, supports: SupportFeatures) -> ClassRepresentation:
        """Of each support the mean cells (N, K, C, 1, 1), all cells, and their labels.

        ``cells`` are (N, K, C, h, w), ``labels`` (N, K, h, w), uint8: 1 the class, 255
        ignored. A mask that hides between cells has one all the same.
        """
        feat = supports.levels[-1]
        shots, flat = feat.shape[:2], feat.flatten(0, 1)
        masks, size = supports.masks.flatten(0, 1), tuple(feat.shape[-2:])
        inside = cells_of_label(masks, 1, size)
        ignored = cells_of_label(masks, 255, size) & ~inside
        labels = torch.zeros_like(inside, dtype=torch.uint8)
        labels = labels.masked_fill(ignored, 255).masked_fill(inside, 1)
        parts = dict(foreground=masked_average_pool(flat, inside, eps=_EMPTY))
        if self.candidate_threshold == BACKGROUND:
            parts[BACKGROUND] = masked_average_pool(flat, labels == 0, eps=_EMPTY)
        if self.backward:
            parts |= dict(cells=flat, labels=labels[:, 0])
        return ClassRepresentation({k: v.unflatten(0, shots) for k, v in parts.items()})

    def merge_shots(self, shots: ClassRepresentation) -> ClassRepresentation:
        """The mean of the shots' means; all their cells and labels, (N, K, ...)."""
        self.require_shots(shots.num_shots)
        kept = 'cells', 'labels'
        return ClassRepresentation(
            {k: v if k in kept else v.mean(1) for k, v in shots.parts.items()}
        )

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """Compare cells with the class, and gather them by clusters.

        Returns:
            FewShotHeadOutput: ``aux`` has ``candidates``, (N, 1, h, w), bool.
        """
        matched = query.levels[-1]
        with without_autocast(matched):
            score = margin = self._margin(matched, representation)
            if self.clusters:
                clusters, grouped = query.levels[:2]
                score = cluster_scores(
                    clusters,
                    margin > 0,
                    matched,
                    grouped,
                    representation['foreground'],
                    self.seed_weight,
                    self.area_weight,
                )
                score = score - self.score_threshold
            logits = torch.cat([torch.zeros_like(score), score], dim=1)
        return FewShotHeadOutput(
            self.temperature * logits, aux=dict(candidates=margin > 0)
        )

    def _margin(self, matched: Tensor, known: ClassRepresentation) -> Tensor:
        """How surely cells are candidates: (N, 1, h, w), above 0 where they are."""
        threshold = self.candidate_threshold
        if threshold == BACKGROUND:
            threshold = cosine_map(matched, known[BACKGROUND])
        cosine = cosine_map(matched, known['foreground'])
        margin = above_or_best(cosine, threshold, self.quantile)
        if not self.backward:
            return margin
        shots = known['cells'].shape[1]
        votes = backward_votes(matched, known['cells'], known['labels'])
        spare = votes - (shots + 1) // 2 + 0.5  # never 0
        return torch.minimum(margin, spare / shots)


def _at_size(level: Tensor, size: Sequence[int]) -> Tensor:
    if level.shape[-2:] == size:
        return level
    return F.interpolate(level, tuple(size), mode='bilinear', align_corners=False)
