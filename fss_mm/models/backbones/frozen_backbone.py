"""Any backbone as a frozen encoder, whose batch norms may yet look at the batch.

Shape letters: B any batch, C channels, H W image size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ...registry import MODELS
from ...utils.checkpoint_files import read_checkpoint, state_dict_of
from .freezable import FreezableBackbone


@MODELS.register_module()
class FrozenBackbone(FreezableBackbone):
    """A backbone of mmseg, or of one's own, that is not trained.

    mmseg's ``frozen_stages`` puts batch norms into eval mode as well. Here the two are
    apart, as in codes that freeze an encoder and leave it in training mode.

    Args:
        backbone (dict): Any backbone of the registry.
        weights (str, optional): Path of a file with its weights. Defaults to None:
            the backbone's own initialisation.
        rename (dict[str, str]): Beginnings of names in that file and what they are
            called in the backbone, as ``dict(conv1='stem.0')``. Defaults to none.
        frozen (bool): No parameter is trained. Defaults to True.
        norm_eval (bool): Batch norms keep their running statistics in training. False
            is what PFENet's code does; at test they keep them always. Defaults to True.

    Returns (forward): tuple of (B, C, h, w).

    Examples:
        >>> backbone = dict(type='FrozenBackbone', norm_eval=False,
        ...                 backbone=dict(type='ResNetV1c', depth=50))
    """

    def __init__(
        self,
        backbone: dict,
        weights: str | None = None,
        rename: Mapping[str, str] | None = None,
        frozen: bool = True,
        norm_eval: bool = True,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone['type'], weights, frozen, norm_eval, init_cfg)
        self.rename = dict(rename or {})
        self.body = MODELS.build(backbone)
        if frozen:
            self.requires_grad_(False)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Encode (B, 3, H, W) to a tuple of (B, C, h, w)."""
        return tuple(self.body(images))

    def load_weights(self, weights: str) -> None:
        """Load a file with the state dict of the backbone.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the weights do not fit the backbone.
        """
        state = {
            self._named(name): value
            for name, value in state_dict_of(read_checkpoint(weights)).items()
        }
        try:
            missing = self.body.load_state_dict(state, strict=False).missing_keys
        except RuntimeError as error:  # names the sizes that differ
            text = ' '.join(str(error).split())
            raise ValueError(f'weights {weights!r}: {text}') from error
        missing = [name for name in missing if 'num_batches_tracked' not in name]
        if missing:
            raise ValueError(
                f'weights {weights!r} do not fit {self.name}: {len(missing)} entries '
                f'are missing, such as {missing[:3]}; give its state dict, or say how '
                'its names begin in the file (rename=dict(old=new))'
            )

    def _named(self, name: str) -> str:
        for old, new in self.rename.items():
            if name.startswith(f'{old}.'):
                return f'{new}.{name.removeprefix(f"{old}.")}'
        return name
