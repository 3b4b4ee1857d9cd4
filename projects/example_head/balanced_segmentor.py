"""A segmentor of one's own: small objects count as much as large ones."""

from fss_mm.models import FewShotSegmentor
from fss_mm.registry import MODELS


@MODELS.register_module()
class BalancedSegmentor(FewShotSegmentor):
    """Weighs a batch's losses by how little of the queries the class covers.

    Args:
        most (float): Largest factor. Defaults to 2.
        **kwargs: As in :class:`fss_mm.models.FewShotSegmentor`.
    """

    def __init__(self, most: float = 2.0, **kwargs) -> None:
        super().__init__(**kwargs)
        self.most = most

    def output_loss(self, output, labels) -> dict:
        """As in the base, with the factor."""
        share = (labels.query == 1).float().mean()
        factor = 1 + (self.most - 1) * (1 - share)
        losses = super().output_loss(output, labels)
        return {k: v * factor if 'loss' in k else v for k, v in losses.items()}
