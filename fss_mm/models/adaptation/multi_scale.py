"""Testing at several scales.

Shape letters: N episodes, K shots, H W image size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from ...registry import MODELS
from ...structures import EpisodeFeatures, FewShotSegDataSample
from ..segmentors import FewShotSegmentor
from ..segmentors.few_shot_segmentor import Samples
from .segmentor_wrapper import SegmentorWrapper

# what torch's layers say of an image that is smaller than they can look at
_TOO_SMALL = 'too small', "can't be greater than actual input size"


@MODELS.register_module()
class MultiScale(SegmentorWrapper):
    """Segment resized queries and supports; average the probabilities.

    CRNet's section 6 resizes "to [0.75, 1.25] of the original image size" and leaves
    open whether the original size itself counts; here it does. It is the outermost
    wrapper, since it starts from images.

    Args:
        segmentor (dict | FewShotSegmentor): What is wrapped.
        scales (Sequence[float]): Factors on the images' sides, of queries and supports
            alike. Defaults to (0.75, 1, 1.25).

    Examples:
        >>> model = dict(type='MultiScale', segmentor=model, scales=(0.75, 1.0, 1.25))

    Raises:
        ValueError: If there is no scale, or one that is not above 0.
    """

    def __init__(
        self,
        segmentor: dict | FewShotSegmentor,
        scales: Sequence[float] = (0.75, 1.0, 1.25),
    ) -> None:
        super().__init__(segmentor)
        if not scales or min(scales) <= 0:
            raise ValueError(f'scales={tuple(scales)}, expected numbers above 0')
        self.scales = tuple(scales)

    def predict(
        self, inputs: dict[str, Tensor], data_samples: Samples
    ) -> list[FewShotSegDataSample]:
        """Encode and segment at each scale; write the mean into the samples."""
        masks = self.support_masks(data_samples)
        logits = [
            self.segment(self.encode_at(scale, inputs, masks), data_samples)
            for scale in self.scales
        ]
        return self.write_predictions(logits, data_samples)

    def encode_at(
        self, scale: float, inputs: dict[str, Tensor], support_masks: Tensor
    ) -> EpisodeFeatures:
        """Encode resized images.

        Args:
            scale (float): Factor on their sides.
            inputs (dict[str, Tensor]): ``query`` (N, 3, H, W), ``support``
                (N, K, 3, H, W).
            support_masks (Tensor): (N, K, H, W); resized to the nearest pixel.

        Raises:
            ValueError: If nothing is left of an image, or the backbone cannot encode
                what is left.
        """
        resized, masks = inputs, support_masks
        if scale != 1:
            resized = {k: _resize(x, scale, 'bilinear') for k, x in inputs.items()}
            masks = _resize(masks.unsqueeze(2).float(), scale, 'nearest-exact')
            masks = masks.squeeze(2).to(support_masks.dtype)
        sizes = {name: tuple(x.shape[-2:]) for name, x in resized.items()}
        message = (
            f'scale {scale} of scales={self.scales} makes images of {sizes} (height, '
            'width), of which the backbone leaves nothing or a single cell: use larger '
            'scales'
        )
        try:
            features = self.encode(resized, masks)
        except RuntimeError as error:
            if not any(text in str(error) for text in _TOO_SMALL):
                raise
            raise ValueError(f'{message} ({error})') from error
        # a map that is one cell wide says nothing of where things are
        least = 1 if scale == 1 else 2
        if any(min(level.shape[-2:]) < least for level in features.query):
            raise ValueError(message)
        return features


def _resize(images: Tensor, scale: float, mode: str) -> Tensor:
    """Resize (..., C, H, W) by a factor."""
    height, width = images.shape[-2:]
    size = round(height * scale), round(width * scale)
    if min(size) < 1:
        raise ValueError(
            f'scale {scale} leaves nothing of images of {height} x {width} (height x '
            'width): use larger scales'
        )
    flat = images.flatten(0, -4)
    resized = F.interpolate(flat, size, mode=mode, antialias=mode == 'bilinear')
    return resized.unflatten(0, images.shape[:-3])
