"""PFENet's prior mask: where a query looks like the class, told by high-level features.

Shape letters: B any batch, K shots, C channels, h w feature size, P cells of a query, S
cells of a support.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .precision import at_least_single, without_autocast


@dataclass(frozen=True)
class PriorMask:
    """The prior of PFENet (Tian et al., TPAMI 2020, section 3.2), of any backbone.

    A backbone's last layers are run once more on each support, on features whose
    background is taken out (the view 'masked_stage' of supports). Each cell of a query
    gets its highest cosine to the cells of a support, scaled to [0, 1] over the query;
    the maps of several supports are averaged. Nothing of it is trained.

    Args:
        level (int): Which of the backbone's levels is compared. Defaults to -1, the
            last one.
        masked_level (int): The level in front of it that is masked. Defaults to -2.
        layers (Sequence[str]): Names of the backbone's modules that lead from
            ``masked_level`` to ``level``, in order. For a ``TorchvisionBackbone``,
            which knows the way, the name of ``level`` in its ``out_nodes`` is enough.
            Defaults to ('layer4',), of a ResNet.
        eps (float): Added to denominators. Defaults to 1e-7 (PFENet's code).

    Examples:
        >>> decode_head = dict(type='CANetHead', in_channels=(512, 1024), prior=dict())
    """

    level: int = -1
    masked_level: int = -2
    layers: Sequence[str] = ('layer4',)
    eps: float = 1e-7

    @property
    def view_options(self) -> dict:
        """What the view of the supports is to be made of."""
        return dict(
            level=self.level,
            masked_level=self.masked_level,
            layers=tuple(self.layers),
        )

    def __call__(self, query: Tensor, supports: Tensor) -> Tensor:
        """The prior of queries.

        Args:
            query (Tensor): (B, C, h, w), of ``level``.
            supports (Tensor): (B, K, C, h', w'), of the masked supports; any size.

        Returns:
            Tensor: (B, 1, h, w) in [0, 1], at least in single precision; 0 where all
            of a support is masked.
        """
        return prior_mask(query, supports, self.eps)


@torch.no_grad()
def prior_mask(query: Tensor, supports: Tensor, eps: float = 1e-7) -> Tensor:
    """Highest cosine to any cell of a support, min-max normalised, mean over supports.

    Args:
        query (Tensor): (B, C, h, w).
        supports (Tensor): (B, K, C, h', w'), cells of the background being zero.
        eps (float): Added to denominators. Defaults to 1e-7.

    Returns:
        Tensor: (B, 1, h, w), without gradient.
    """
    with without_autocast(query):
        cells = at_least_single(query).flatten(2)  # (B, C, P)
        shots = at_least_single(supports).flatten(3)  # (B, K, C, S)
        lengths = cells.norm(dim=1, keepdim=True)
        maps = [_highest_cosine(cells, lengths, x, eps) for x in shots.unbind(1)]
        prior = torch.stack([_min_max(x, eps) for x in maps]).mean(0)
    return prior.view(query.shape[0], 1, *query.shape[-2:])


def _highest_cosine(
    cells: Tensor, lengths: Tensor, support: Tensor, eps: float
) -> Tensor:
    """Of cells (B, C, P), which are ``lengths`` (B, 1, P) long: (B, P)."""
    own = support.mT.norm(dim=2, keepdim=True)  # (B, S, 1)
    cosines = support.mT @ cells / (own @ lengths + eps)  # (B, S, P)
    return cosines.amax(1)


def _min_max(x: Tensor, eps: float) -> Tensor:
    """Scale each row of (B, P) to [0, 1]."""
    low, high = x.amin(1, keepdim=True), x.amax(1, keepdim=True)
    return (x - low) / (high - low + eps)
