"""What a head returns.

Shape letters: N episodes, K shots, h w feature size.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class FewShotHeadOutput:
    """Logits at the head's own resolution; they are resized once, by who scores them.

    Args:
        query_logits (Tensor): (N, 2, h, w), background and foreground.
        support_logits (Tensor, optional): (N, K, 2, h, w), of heads that also predict
            the supports' masks. Defaults to None.
        aux (dict[str, Tensor]): Anything else worth looking at, by name.
        training_outputs (dict[str, FewShotHeadOutput]): Predictions that exist for
            their loss alone, by the name that prefixes it.
        losses (dict[str, Tensor]): Losses that the head makes itself, in training, by
            names with 'loss' in them. Defaults to none.
        loss_weight (float): Factor on this prediction's losses. Defaults to 1.
    """

    query_logits: Tensor
    support_logits: Tensor | None = None
    aux: dict[str, Tensor] = field(default_factory=dict)
    training_outputs: dict[str, FewShotHeadOutput] = field(default_factory=dict)
    losses: dict[str, Tensor] = field(default_factory=dict)
    loss_weight: float = 1.0
