"""The base of wrappers: a segmentor that asks another one."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import BaseModel
from torch import Tensor

from ...registry import MODELS
from ...structures import EpisodeFeatures, FewShotHeadOutput, FewShotSegDataSample
from ..segmentors import FewShotSegmentor
from ..segmentors.few_shot_segmentor import Samples


class SegmentorWrapper(FewShotSegmentor):
    """Behaves as the segmentor inside; a method changes what it wants to change.

    The wrapper *has* the segmentor's modules, under the same names: a checkpoint fits
    with and without wrappers, and training through a wrapper trains the segmentor.
    Wrappers can be put around wrappers.

    Args:
        segmentor (dict | FewShotSegmentor): What is wrapped.

    Raises:
        ValueError: If it does more than to segment features, as :class:`MultiScale`.
    """

    def __init__(self, segmentor: dict | FewShotSegmentor) -> None:
        if isinstance(segmentor, dict):
            segmentor = MODELS.build(segmentor)
        if type(segmentor).predict is not FewShotSegmentor.predict:
            raise ValueError(
                f'{type(segmentor).__name__} starts from images and must be the '
                f'outermost: put it around {type(self).__name__}'
            )
        BaseModel.__init__(self, segmentor.data_preprocessor)
        # shared, not copied; and no child of its own, which would double the names
        self._parameters, self._buffers = segmentor._parameters, segmentor._buffers
        self._modules = segmentor._modules
        self._non_persistent_buffers_set = segmentor._non_persistent_buffers_set
        object.__setattr__(self, 'segmentor', segmentor)

    def __getattr__(self, name: str):
        """What the wrapper does not have is the segmentor's."""
        if name == 'segmentor':  # not there yet, while a copy is being made
            raise AttributeError(name)
        return getattr(self.segmentor, name)

    def train(self, mode: bool = True) -> SegmentorWrapper:
        """Set the mode of both."""
        self.training = mode
        self.segmentor.train(mode)
        return self

    def init_weights(self) -> None:
        """Initialise the segmentor's weights."""
        self.segmentor.init_weights()

    def encode(
        self, inputs: dict[str, Tensor], support_masks: Tensor
    ) -> EpisodeFeatures:
        """As the segmentor."""
        return self.segmentor.encode(inputs, support_masks)

    def loss(self, features: EpisodeFeatures, query_masks: Tensor) -> dict:
        """As the segmentor."""
        return self.segmentor.loss(features, query_masks)

    def output_loss(
        self, output: FewShotHeadOutput, support_masks: Tensor, query_masks: Tensor
    ) -> dict:
        """As the segmentor."""
        return self.segmentor.output_loss(output, support_masks, query_masks)

    def segment(self, features: EpisodeFeatures, data_samples: Samples) -> Tensor:
        """As the segmentor."""
        return self.segmentor.segment(features, data_samples)

    def require_shots(self, num_shots: int) -> None:
        """As the segmentor."""
        self.segmentor.require_shots(num_shots)

    def write_predictions(
        self, logits: Sequence[Tensor], data_samples: Samples
    ) -> list[FewShotSegDataSample]:
        """As the segmentor."""
        return self.segmentor.write_predictions(logits, data_samples)
