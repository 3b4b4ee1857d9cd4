"""A loss of one's own: one minus the IoU of the class, of soft masks.

Shape letters: B any batch, H W mask size.
"""

from torch import Tensor, nn

from fss_mm.registry import MODELS


@MODELS.register_module()
class SoftIoULoss(nn.Module):
    """1 - intersection / union of the class, over the pixels that are not ignored.

    Args:
        loss_weight (float): Factor. Defaults to 1.
        loss_name (str): What it is logged as. Defaults to 'loss_iou'.
    """

    def __init__(self, loss_weight: float = 1.0, loss_name: str = 'loss_iou') -> None:
        super().__init__()
        self.loss_weight, self.loss_name = loss_weight, loss_name

    def forward(self, logits: Tensor, target: Tensor, ignore_index: int) -> Tensor:
        """Score logits (B, 2, H, W) against masks (B, H, W) of 0, 1 and 255."""
        known = target != ignore_index
        found = logits.softmax(1)[:, 1] * known
        true = (target == 1).to(found.dtype)
        both = (found * true).sum((1, 2))
        either = found.sum((1, 2)) + true.sum((1, 2)) - both
        return self.loss_weight * (1 - both / either.clamp_min(1)).mean()
