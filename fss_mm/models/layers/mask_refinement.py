"""CRNet's mask refinement module.

Shape letters: B any batch, C channels, h w feature size. A *pair* is a tensor
(B, 2, C, h, w): the features of a query and of its support.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from .aspp import CLASSIFIER_INIT, conv_relu
from .multi_pass_decoder import MultiPassDecoder


class GlobalConvolution(BaseModule):
    """A large kernel from two pairs of narrow ones (Peng et al., CVPR 2017).

    (k x 1 behind 1 x k) + (1 x k behind k x 1).

    Args:
        channels (int): C.
        kernel_size (int): k, odd. Defaults to 7 (CRNet section 4.5).
    """

    def __init__(
        self, channels: int, kernel_size: int = 7, init_cfg: dict | None = None
    ) -> None:
        super().__init__(init_cfg)
        k, pad = kernel_size, kernel_size // 2

        def narrow(*size: int) -> nn.Conv2d:
            padding = tuple(pad if side == k else 0 for side in size)
            return nn.Conv2d(channels, channels, size, padding=padding)

        self.groups = nn.ModuleList(
            [
                nn.Sequential(narrow(1, k), narrow(k, 1)),
                nn.Sequential(narrow(k, 1), narrow(1, k)),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (B, C, h, w); the same shape comes back."""
        return self.groups[0](x) + self.groups[1](x)


class MaskRefinement(MultiPassDecoder):
    """Both masks of a pair, pass after pass (CRNet section 4.5, figure 5).

    Once: the downsample block halves the features, doubles them again and adds them to
    those of the *other* image; the global convolution block widens the view. In each
    pass: the combine block merges this feature branch with the cached branch, a
    convolution of the probabilities of the pass before, which are zeros at first. The
    layers are the same for both images, so that exchanging them exchanges the masks.

    The paper names blocks, not layers. Open in it and chosen here: a convolution in
    front, addition as the fusion with the other image, ReLU behind the global
    convolution, one convolution with ReLU as the cached branch, a residual convolution
    in the combine block, a 1 x 1 classifier.

    Args:
        in_channels (int): Channels of the input.
        channels (int): C, of every layer. Defaults to 256.
        use_cache (bool): False removes the cached branch; there is then one pass, as in
            the rows of Table 3 without mask refinement. Defaults to True.
        max_passes (int, optional): At test. Defaults to 5 (section 5.1), and to 1
            without cache.
        tolerance (float, optional): As in :class:`MultiPassDecoder`. Defaults to
            None: all passes are made, as in the paper.
        init_cfg (dict): Of the module itself; the head's applies to its layers first.
            Defaults to a classifier from N(0, 0.01).
        **kwargs: As in :class:`MultiPassDecoder`.

    Raises:
        ValueError: If several passes are asked for without cache.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int = 256,
        use_cache: bool = True,
        max_passes: int | None = None,
        tolerance: float | None = None,
        init_cfg: dict | None = CLASSIFIER_INIT,
        **kwargs,
    ) -> None:
        if max_passes is None:
            max_passes = 5 if use_cache else 1
        if not use_cache:
            if max_passes != 1:
                raise ValueError(
                    f'max_passes={max_passes} with use_cache=False: without cache all '
                    'passes are the same; leave one of the two out'
                )
            kwargs['reset_prob'] = 1.0  # a first pass would teach nothing
        super().__init__(
            max_passes=max_passes, tolerance=tolerance, init_cfg=init_cfg, **kwargs
        )
        self.use_cache = use_cache
        self.enter = conv_relu(in_channels, channels, 3)
        self.halve = nn.Sequential(
            nn.Conv2d(channels, channels, 3, stride=2, padding=1), nn.ReLU()
        )
        self.widen = nn.Sequential(GlobalConvolution(channels), nn.ReLU())
        self.cached = conv_relu(2, channels, 3) if use_cache else None
        self.combine = conv_relu(channels * (1 + use_cache), channels, 3)
        self.residual = conv_relu(channels, channels, 3)
        self.classify = nn.Conv2d(channels, 2, 1)

    def prepare(self, pair: Tensor) -> Tensor:
        """The blocks in front of the cache: (B, 2, C_in, h, w) to (B, 2, C, h, w)."""
        x = self.enter(pair.flatten(0, 1))
        coarse = F.interpolate(
            self.halve(x), x.shape[-2:], mode='bilinear', align_corners=True
        )
        other = coarse.unflatten(0, (-1, 2)).flip(1).flatten(0, 1)
        return self.widen(x + other).unflatten(0, (-1, 2))

    def one_pass(self, pair: Tensor, cache: Tensor) -> Tensor:
        """Masks of both images.

        Args:
            pair (Tensor): (B, 2, C, h, w), from :meth:`prepare`.
            cache (Tensor): (B, 2, 2, h, w), background and foreground of both images.

        Returns:
            Tensor: Logits (B, 2, 2, h, w).
        """
        x = pair.flatten(0, 1)
        if self.cached is not None:
            x = torch.cat([x, self.cached(cache.flatten(0, 1))], dim=1)
        x = self.combine(x)
        return self.classify(x + self.residual(x)).unflatten(0, (-1, 2))
