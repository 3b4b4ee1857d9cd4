"""HSNet's centre-pivot convolution over four dimensions.

Shape letters: N episodes, C channels, p q the query's cells, h w a support's.
"""

from __future__ import annotations

from torch import Tensor, nn


class CenterPivotConv4d(nn.Module):
    """Two convolutions over two dimensions each, in the place of one over four.

    Of the weights of a 4-D kernel those are kept that lie above the centre of the
    query's window or of the support's (HSNet section 4.2): the sum of a 2-D convolution
    over the query's cells, for each cell of the support, and of one over the support's
    cells, for each cell of the query. Both have a bias.

    Tensors are (N, C, p, q, h, w) in any memory layout; one in the order N, p, q, C, h,
    w, as :func:`~fss_mm.models.layers.hypercorrelations` gives it, is not copied.

    Args:
        in_channels (int): Of the input.
        out_channels (int): Of the output.
        kernel_size (int): Odd, of all four dimensions.
        support_stride (int): Of the support's dimensions; the convolution over the
            query's looks at every so many of the support's cells. Defaults to 1.

    Raises:
        ValueError: If the kernel has no centre.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        support_stride: int = 1,
    ) -> None:
        super().__init__()
        if kernel_size % 2 == 0:
            raise ValueError(f'kernel_size={kernel_size}, expected an odd number')
        padding = kernel_size // 2
        self.support_stride = support_stride
        self.over_query = nn.Conv2d(in_channels, out_channels, kernel_size, 1, padding)
        self.over_support = nn.Conv2d(
            in_channels, out_channels, kernel_size, support_stride, padding
        )

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (N, C, p, q, h, w): (N, O, p, q, h / stride, w / stride)."""
        step = self.support_stride
        pruned = x[..., ::step, ::step].permute(0, 4, 5, 1, 2, 3)  # (N, h, w, C, p, q)
        query = self.over_query(pruned.flatten(0, 2))
        query = query.unflatten(0, pruned.shape[:3]).permute(0, 3, 4, 5, 1, 2)
        whole = x.permute(0, 2, 3, 1, 4, 5)  # (N, p, q, C, h, w)
        support = self.over_support(whole.flatten(0, 2))
        support = support.unflatten(0, whole.shape[:3]).permute(0, 3, 1, 2, 4, 5)
        return query + support
