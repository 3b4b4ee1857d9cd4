"""Where the cells of a fully convolutional network lie in its image.

FCN (Long et al., CVPR 2015), as its descendants of 2017 and 2018 have it: the image is
padded, the layer behind the last pooling is not, and scores are enlarged by a fixed
transposed convolution and cropped.

Shape letters: B any batch, C channels, H W image size, h w feature size.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class CellGrid:
    """Cells of a network that pads its image, and whose last layers do not pad.

    Args:
        stride (int): Pixels between cells. Defaults to 32 (VGG).
        padding (int): Pixels around the image, the backbone's ``padding``. Defaults to
            80: cells begin a stride inside the image, and nothing is cropped in front
            of them. (Caffe's conv1_1 with pad 81: one of them is the layer's own.)
        kernel_size (int): Of the unpadded layer. Defaults to 7 (fc6).
    """

    stride: int = 32
    padding: int = 80
    kernel_size: int = 7

    def sides(self, image_size: tuple[int, int]) -> tuple[int, int]:
        """Height and width in cells, where poolings round up."""
        height, width = (
            -(-(side + 2 * self.padding) // self.stride) - self.kernel_size + 1
            for side in image_size
        )
        return height, width

    def to_image(self, x: Tensor, image_size: tuple[int, int]) -> Tensor:
        """Enlarge scores of cells to the image, bilinearly.

        Scores fade to 0 beyond the outermost centres, as in Caffe.

        Args:
            x (Tensor): (B, C, h, w).
            image_size (tuple[int, int]): H and W, of the image without its padding.

        Returns:
            Tensor: (B, C, H, W).

        Raises:
            ValueError: If there are not as many cells as such an image has.
        """
        # in a graph sizes are symbols, and nothing is decided by them
        in_graph = torch.compiler.is_compiling()
        if not in_graph and tuple(x.shape[-2:]) != self.sides(image_size):
            raise ValueError(
                f'a map of {tuple(x.shape[-2:])} cells of an image of '
                f'{tuple(image_size)}, and {self} has {self.sides(image_size)}: give '
                'backbone and head the same padding, and the backbone '
                'output_stride=None and ceil_mode=True'
            )
        kernel = bilinear_kernel(self.stride).to(x)
        weight = kernel.expand(x.shape[1], 1, -1, -1)
        large = F.conv_transpose2d(x, weight, stride=self.stride, groups=x.shape[1])
        first = self.padding + self.stride - self.kernel_size * self.stride // 2
        height, width = image_size
        return large[..., first : first + height, first : first + width]


def bilinear_kernel(stride: int) -> Tensor:
    """Weights of a transposed convolution that interpolates: (2 stride, 2 stride).

    Args:
        stride (int): How many times larger the map becomes.
    """
    places = torch.arange(2 * stride, dtype=torch.float64)
    row = 1 - (places - (stride - 0.5)).abs() / stride
    return row[:, None] * row
