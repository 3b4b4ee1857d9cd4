"""Several shots by averaging the predictions of single ones."""

from __future__ import annotations

from torch import Tensor

from ...registry import MODELS
from ...structures import EpisodeFeatures
from ..segmentors import FewShotSegmentor
from ..segmentors.few_shot_segmentor import Samples, average_probabilities
from .fine_tuning import FineTuning
from .segmentor_wrapper import SegmentorWrapper


@MODELS.register_module()
class ShotFusion(SegmentorWrapper):
    """Segment with each support by itself and average the probabilities.

    The row 'Fusion' of CRNet's Table 4.

    Args:
        segmentor (dict | FewShotSegmentor): What is wrapped.
        max_shots (int, optional): Look at the first so many supports only. Defaults to
            None: at all.

    Examples:
        >>> model = dict(type='ShotFusion', segmentor=dict(type='DualLossSegmentor',
        ...     backbone=backbone, decode_head=dict(type='CRNetHead', ...)))

    Raises:
        ValueError: If ``max_shots`` is below 1, or fine-tuning is inside: it would see
            one support at a time.
    """

    def __init__(
        self, segmentor: dict | FewShotSegmentor, max_shots: int | None = None
    ) -> None:
        super().__init__(segmentor)
        if isinstance(self.segmentor, FineTuning):
            raise ValueError(
                'ShotFusion around FineTuning would fine-tune on one support at a '
                'time; put FineTuning around ShotFusion'
            )
        if max_shots is not None and max_shots < 1:
            raise ValueError(f'max_shots={max_shots}, expected None or at least 1')
        self.max_shots = max_shots

    def require_shots(self, num_shots: int) -> None:
        """Any number will do: they are shown one by one."""
        self.segmentor.require_shots(min(num_shots, 1))

    def segment(self, features: EpisodeFeatures, data_samples: Samples) -> Tensor:
        """Mean over the shots: log-probabilities, (N, 2, h, w)."""
        shots = range(features.num_shots)[: self.max_shots]
        alone = [features.with_supports([shot]) for shot in shots]
        logits = [self.segmentor.segment(one, data_samples) for one in alone]
        return average_probabilities(logits)
