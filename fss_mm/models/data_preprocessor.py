"""From a collated batch of episodes to normalised tensors on the device.

Shape letters: N episodes, K shots, H W image size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from mmengine.logging import MessageHub
from mmengine.model import BaseDataPreprocessor
from torch import Tensor, nn

from ..registry import MODELS
from ..structures import FewShotSegDataSample
from ..utils.random_words import Stream, random_words

# of ImageNet's images, RGB, 0-255; what backbones expect that do not say
IMAGENET = dict(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))


@MODELS.register_module()
class FewShotDataPreProcessor(BaseDataPreprocessor):
    """Stack, reorder channels, normalise; in training, average input channels.

    Input channel averaging (ICA, SimPropNet section 3.6): with a probability that
    decays over training a query is replaced by the mean of its normalised channels, so
    that the network does not learn the training classes' colours. Supports are never
    touched, nor is anything at test. What is averaged is a function of the episode and
    of the training's progress.

    Args:
        mean (Sequence[float], optional): Of the channels, after reordering, 0-255.
            Defaults to None: what the backbone's weights expect (see :meth:`follow`),
            ImageNet's where it does not say.
        std (Sequence[float], optional): Likewise.
        bgr_to_rgb (bool): Reverse the loader's channels. Defaults to True.
        input_channel_averaging (dict, optional): ``prob``, at the start, and ``decay``:
            the probability at progress t in [0, 1] is ``prob * exp(-decay * t)``. The
            paper starts at 0.25 and leaves the rate open. Defaults to None: off.
        **kwargs: As in mmengine's ``BaseDataPreprocessor``.
    """

    def __init__(
        self,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        bgr_to_rgb: bool = True,
        input_channel_averaging: dict | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.bgr_to_rgb = bgr_to_rgb
        self.input_channel_averaging = input_channel_averaging
        given = dict(mean=mean, std=std)
        self.given = {k: tuple(v) for k, v in given.items() if v is not None}
        self._use(IMAGENET | self.given)

    def follow(self, backbones: Sequence[nn.Module]) -> None:
        """Take the mean and deviation that backbones expect, where none are given.

        Args:
            backbones (Sequence[nn.Module]): Those with attributes ``pixel_mean`` and
                ``pixel_std`` (RGB, 0-255) say what they expect.

        Raises:
            ValueError: If they do not agree.
        """
        expected = {}
        for name, default in IMAGENET.items():
            of_all = {tuple(getattr(b, f'pixel_{name}', default)) for b in backbones}
            if len(of_all) > 1 and name not in self.given:
                raise ValueError(
                    f'backbone and support_backbone expect images of unlike {name}, '
                    f'{sorted(of_all)}: say which, data_preprocessor=dict({name}=...)'
                )
            expected[name] = of_all.pop()
        self._use(expected | self.given)

    def _use(self, statistics: Mapping[str, Sequence[float]]) -> None:
        """Normalise by these from now on."""
        mean, std = statistics['mean'], statistics['std']
        self.description = f'{mean} {std} {self.bgr_to_rgb}'
        for name, values in statistics.items():
            tensor = torch.tensor(values, dtype=torch.float32).view(3, 1, 1)
            self.register_buffer(name, tensor, persistent=False)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Prepare a batch.

        Args:
            data (dict): ``inputs`` with lists ``query`` of (3, H, W), ``support`` of
                (K, 3, H, W) and ``support_mask`` of (K, H, W), uint8, and perhaps
                ``support_base_mask``; ``data_samples``, a list. A training that is not
                episodic has other lists of images.
            training (bool): Whether to augment. Defaults to False.

        Returns:
            dict: The same keys; ``query`` (N, 3, H, W) and ``support``
            (N, K, 3, H, W), float32, masks (N, K, H, W), uint8.

        Raises:
            ValueError: If the images of a batch differ in size.
        """
        data = self.cast_data(data)
        inputs, samples = data['inputs'], data['data_samples']
        if not isinstance(inputs, Mapping):  # of a data set of mmseg
            inputs = dict(query=inputs)
        inputs = dict(inputs)
        for name, images in inputs.items():
            stacked = _stack(images, name)
            masks = name.endswith('_mask')
            inputs[name] = stacked if masks else self.normalize(stacked)
        if training and self.input_channel_averaging:
            inputs['query'] = self._average_channels(inputs['query'], samples)
        return dict(inputs=inputs, data_samples=samples)

    def normalize(self, images: Tensor) -> Tensor:
        """Channels in the network's order, of zero mean: (..., 3, H, W), float32."""
        if self.bgr_to_rgb:
            images = images.flip(-3)
        return (images.float() - self.mean) / self.std

    def pixels(self, images: Tensor) -> Tensor:
        """The images that :meth:`normalize` was given: (..., 3, H, W), uint8, RGB."""
        plain = images.float() * self.std + self.mean
        if not self.bgr_to_rgb:  # the loader's channels are in the order B, G, R
            plain = plain.flip(-3)
        return plain.round().clamp(0, 255).to(torch.uint8)

    def _average_channels(
        self, query: Tensor, samples: Sequence[FewShotSegDataSample]
    ) -> Tensor:
        prob = averaging_probability(
            training_progress(), **self.input_channel_averaging
        )
        chosen = [
            random_words(s.seed, s.number, 1, Stream.CHANNEL_AVERAGING)[0]
            < prob * 2**64
            for s in samples
        ]
        for sample, averaged in zip(samples, chosen):
            if averaged and sample.get('query_key'):  # other pixels than those loaded
                sample.set_metainfo(dict(query_key=f'{sample.query_key} averaged'))
        chosen = torch.tensor(chosen, device=query.device).view(-1, 1, 1, 1)
        return torch.where(chosen, query.mean(1, keepdim=True), query)


def averaging_probability(
    progress: float, prob: float = 0.25, decay: float = 5.0
) -> float:
    """Probability of input channel averaging at ``progress`` in [0, 1]."""
    return prob * math.exp(-decay * progress)


def training_progress() -> float:
    """Share of the training's iterations that are done, in [0, 1]."""
    info = MessageHub.get_current_instance().runtime_info
    return info.get('iter', 0) / max(info.get('max_iters', 1), 1)


def _stack(images: Sequence[Tensor], what: str) -> Tensor:
    shapes = {tuple(image.shape) for image in images}
    if len(shapes) > 1:
        role = what.removesuffix('_mask')
        raise ValueError(
            f'{what} images of shapes {sorted(shapes)} cannot share a batch; add a '
            f'Resize to {role}_pipeline or use batch_size=1'
        )
    return torch.stack(list(images))
