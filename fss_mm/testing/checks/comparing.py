"""What checks compare, and how they say how far off it is."""

from __future__ import annotations

import torch
from torch import Tensor

from ...models import FewShotSegmentor
from ...structures import FewShotHeadOutput, QueryFeatures, SupportFeatures
from ..results import require

Episodes = tuple[QueryFeatures, SupportFeatures]
_TOLERANCE = 1e-7  # of the largest value, in double precision


def logits_of(model: FewShotSegmentor, episodes: Episodes) -> Tensor:
    """What the head says of the queries, (N, 2, h, w), without gradients."""
    with torch.no_grad():
        return model.decode_head(*episodes).query_logits


def require_same(
    found: Tensor, expected: Tensor, wrong: str, tolerance: float = _TOLERANCE
) -> None:
    """Fail the check unless two tensors agree.

    Args:
        found (Tensor): Any.
        expected (Tensor): Of the same shape.
        wrong (str): What is wrong where they differ.
        tolerance (float): As a share of the largest value of either. Defaults to 1e-7.
    """
    shapes = f'shapes {tuple(found.shape)} and {tuple(expected.shape)}'
    require(found.shape == expected.shape, f'{wrong}: {shapes}')
    found, expected = found.double(), expected.double()
    for name, values in (('first', found), ('second', expected)):
        require(
            bool(values.isfinite().all()),
            f'{wrong}: the {name} of both has values that are not finite',
        )
    most = max(found.abs().amax().item(), expected.abs().amax().item(), 1e-3)
    apart = (found - expected).abs().amax().item()
    require(apart <= tolerance * most, f'{wrong}: {apart:.2g} apart of {most:.2g}')


def require_finite(output: FewShotHeadOutput, of: str) -> None:
    """Fail the check unless all logits are finite."""
    both = dict(query_logits=output.query_logits, support_logits=output.support_logits)
    for name, logits in both.items():
        require(
            logits is None or bool(logits.isfinite().all()),
            f'{name} of {of} have values that are not finite',
        )
