"""A backbone's features without what they say of the place in the image.

Shape letters: B any batch, C channels, H W image size, h w feature size, R directions.
"""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...registry import MODELS
from ..layers import at_least_single, unit_vectors, without_autocast
from ..weights_version import version_of

# what a backbone says of the images that its weights expect
_FACTS = 'pixel_mean', 'pixel_std'
_MOST_SIZES = 8  # of images whose directions are kept
_ROUNDING = 1e-5  # of a cell's length: what varies less is no variation


@MODELS.register_module()
class PositionalDebias(BaseModule):
    """A backbone's levels, and one more: a level without its positional directions.

    Features of vision transformers say where in the image a cell is, beside what it
    shows: corresponding cells are then looked for at the same place. A black image
    shows nothing, so that its cells differ by their place alone. The directions in
    which they vary most (left singular vectors of the centred cells of length 1) are
    taken out of the cells of every image (INSID3).

    They are found once for each size of image and each device, by a pass of the
    backbone, and are no part of a checkpoint. The backbone is frozen and stays in eval
    mode: they would change with its weights.

    Args:
        backbone (dict): Any backbone: (B, 3, H, W) to a tuple of (B, C, h, w).
        level (int): Which of its levels. Defaults to -1: the last.
        fraction (float): Number of directions as a share of the channels, in [0, 1).
            Fewer are taken out where the black image's cells vary in fewer. Defaults to
            0.488: INSID3's 500 of 1024. A fixed number would leave nothing of a smaller
            encoder.

    Raises:
        ValueError: If ``fraction`` is out of range.

    Returns (forward): tuple of (B, C, h, w): the backbone's levels, and last the other
    one, whose cells have length 1.

    Examples:
        >>> backbone = dict(
        ...     type='PositionalDebias',
        ...     backbone=dict(type='TorchvisionBackbone', name='resnet50',
        ...                   out_nodes=('layer3',)))
    """

    no_graph = (
        'its directions are found anew for each size of image; export a model with the '
        'wrapped backbone alone'
    )

    def __init__(
        self,
        backbone: dict,
        level: int = -1,
        fraction: float = 0.488,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if not 0 <= fraction < 1:
            raise ValueError(
                f'fraction={fraction}, expected a share of the channels from 0 on and '
                'below 1: all of them would leave nothing'
            )
        self.backbone = MODELS.build(backbone)
        self.level, self.fraction = level, fraction
        for fact in _FACTS:
            if hasattr(self.backbone, fact):
                setattr(self, fact, getattr(self.backbone, fact))
        self.register_buffer('black', None, persistent=False)
        self._bases: dict[tuple, Tensor] = {}
        self.requires_grad_(False)
        self.train()

    def use_preprocessor(self, preprocessor: nn.Module) -> None:
        """Learn what a black pixel is for the backbone; a segmentor calls it.

        Args:
            preprocessor (nn.Module): With ``normalize``, such as
                :class:`~fss_mm.models.FewShotDataPreProcessor`.

        Raises:
            ValueError: If it has none.
        """
        if not hasattr(preprocessor, 'normalize'):
            raise ValueError(
                f'PositionalDebias: {type(preprocessor).__name__} has no '
                'normalize(images), which says what a black image is; use '
                'FewShotDataPreProcessor'
            )
        zeros = torch.zeros(3, 1, 1, dtype=torch.uint8)
        self.black = preprocessor.normalize(zeros).to(torch.float32)
        self._bases.clear()

    @torch.no_grad()
    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Encode (B, 3, H, W).

        Raises:
            ValueError: If nobody has said what black is, or there is no such level.
        """
        levels = tuple(self.backbone(images))
        feat = levels[self._place(levels)]
        basis = self.basis(images)
        with without_autocast(feat):
            cells = unit_vectors(feat).flatten(2)  # (B, C, h * w)
            cells = cells - basis @ (basis.mT @ cells)
            other = unit_vectors(cells.view_as(feat))
        return (*levels, other.to(feat.dtype))

    def basis(self, images: Tensor) -> Tensor:
        """The directions for images of this size: (C, R), orthonormal.

        Args:
            images (Tensor): (B, 3, H, W), of which only size and device matter.
        """
        key = (tuple(images.shape[-2:]), images.device, version_of(self.backbone))
        found = self._bases.get(key)
        if found is None:
            with torch.inference_mode(False), without_autocast(images):
                found = self._find_basis(key[0]).to(images.device)
            self._bases[key] = found
            for oldest in list(self._bases)[:-_MOST_SIZES]:
                self._bases.pop(oldest, None)  # another thread may have done so
        return found

    def train(self, mode: bool = True) -> PositionalDebias:
        """Stay in eval mode, whatever is asked for."""
        return super().train(False)

    @torch.compiler.disable
    def _find_basis(self, size: tuple[int, int]) -> Tensor:
        if self.black is None:
            raise ValueError(
                'PositionalDebias does not know what a black pixel is behind the '
                'normalisation: call use_preprocessor(data_preprocessor), as '
                'FewShotSegmentor does'
            )
        image = self.black.expand(1, 3, *size)
        feat = unit_vectors(self.backbone(image)[self.level])
        cells = feat[0].flatten(1).cpu().double()  # (C, h * w)
        if not cells.isfinite().all():
            raise ValueError(
                'PositionalDebias: the features of a black image are no numbers; look '
                'whether the weights are those of a training that diverged'
            )
        cells = cells - cells.mean(1, keepdim=True)
        # of (C, C): soon had however many cells there are, and the same on all devices
        squares, vectors = torch.linalg.eigh(cells @ cells.mT)
        least = cells.shape[1] * _ROUNDING**2
        rank = int((squares > least).sum())
        count = min(round(self.fraction * len(cells)), len(cells) - 1, rank)
        return vectors[:, len(cells) - count :].to(at_least_single(feat).dtype)

    def _place(self, levels: tuple[Tensor, ...]) -> int:
        if not -len(levels) <= self.level < len(levels):
            raise ValueError(
                f'PositionalDebias: level={self.level}, but the backbone gives '
                f'{len(levels)} levels'
            )
        return self.level
