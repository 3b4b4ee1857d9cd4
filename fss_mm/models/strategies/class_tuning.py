"""Fine-tuning of what is known of a class, in the place of the head's weights.

Shape letters: N classes, K shots, H W mask size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ...structures import ClassRepresentation, QueryFeatures, SupportFeatures
from ...utils.local_seed import local_torch_seed
from ...utils.random_words import Stream, random_words
from ...utils.restored import restored

if TYPE_CHECKING:
    from ..decode_heads import FewShotDecodeHead
    from ..segmentors import FewShotSegmentor

BuildOptimizer = Callable[[list[Tensor]], torch.optim.Optimizer]


def tune_class(
    segmentor: FewShotSegmentor,
    supports: SupportFeatures,
    seed: int,
    rounds: int,
    build_optimizer: BuildOptimizer,
) -> ClassRepresentation | None:
    """Train the parts of one class's representation on its own supports.

    A round takes each support in the query's place, in their order, and takes a step
    that lowers the head's loss of its mask. The head is as it was behind it.

    Args:
        segmentor (FewShotSegmentor): Whose head it is.
        supports (SupportFeatures): Of one class, (1, K, ...).
        seed (int): Of what dropout draws.
        rounds (int): How often each support is taken.
        build_optimizer (Callable): Makes an optimiser of tensors.

    Returns:
        ClassRepresentation | None: None where a loss is not finite.
    """
    head = segmentor.decode_head
    first, queries = _start(head, supports)
    parts = {name: part.clone() for name, part in first.parts.items()}
    trained = [x.requires_grad_() for x in parts.values() if x.is_floating_point()]
    optimizer = build_optimizer(trained)
    (word,) = random_words(seed, 0, 1, Stream.FINE_TUNING)
    device = supports.masks.device
    with restored(head.train()), torch.enable_grad(), local_torch_seed(word, device):
        for shot in [*range(supports.num_shots)] * rounds:
            output = head.segment(queries[shot], ClassRepresentation(parts))
            losses = head.loss_by_feat(output.query_logits, supports.masks[:, shot])
            loss = segmentor.parse_losses(losses)[0]
            if not loss.isfinite():
                break
            grads = torch.autograd.grad(loss, trained, allow_unused=True)
            for tensor, grad in zip(trained, grads):
                tensor.grad = grad
            optimizer.step()
    head.eval()
    found = ClassRepresentation({name: x.detach() for name, x in parts.items()})
    finite = all(bool(x.isfinite().all()) for x in found.parts.values())
    return found if finite and loss.isfinite() else None


@torch.no_grad()
def _start(
    head: FewShotDecodeHead, supports: SupportFeatures
) -> tuple[ClassRepresentation, list[QueryFeatures]]:
    """The class as it is represented, and each support as a reduced query."""
    shots = head.represent_shots(head.reduce_supports(supports))
    queries = [
        head.reduce_query(supports.shots([shot]).as_queries())
        for shot in range(supports.num_shots)
    ]
    return head.merge_shots(shots), queries
