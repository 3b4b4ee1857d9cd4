"""An encoder without a head: what features alone can say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from torch import Tensor
from torch.utils.data import DataLoader

from ..engine.checkpoints import check_fit
from ..engine.work_folder import weights_for
from ..inference.opening import start_untrained
from ..models.segmentors.image_encoder import ImageEncoder
from ..structures import QueryFeatures
from ..utils.checkpoint_files import read_checkpoint, state_dict_of
from .subject import facts_of, facts_of_model

PREPROCESSOR = dict(type='FewShotDataPreProcessor')


class EncoderAlone(ImageEncoder):
    """A backbone and its preprocessor. Arguments are those of ``ImageEncoder``."""

    def forward(self, images: Tensor) -> QueryFeatures:
        """Encode (N, 3, H, W), normalised."""
        return self.encode_queries(images)


def open_encoder(cfg: Config, checkpoint: str | Path | None = None) -> EncoderAlone:
    """The encoder of a config alone; its head, if it has one, is not looked at.

    Args:
        cfg (Config): With ``model.backbone``.
        checkpoint (str | Path, optional): Weights of the whole model, of which the
            backbone's are taken. Defaults to None: those of a model folder, else those
            that the config names.

    Raises:
        FileNotFoundError: If there are no such weights.
        ValueError: If the config has no backbone, or they are of another one.
    """
    init_default_scope(cfg.get('default_scope', 'fss_mm'))
    model = cfg.get('model') or {}
    if model.get('backbone') is None:
        raise ValueError(f'{cfg.filename}: the config has no model.backbone')
    encoder = EncoderAlone(
        model.backbone,
        support_backbone=None,
        data_preprocessor=model.get('data_preprocessor', PREPROCESSOR),
        encode_together=True,
        feature_bank=None,
        arithmetic=model.get('arithmetic'),
        init_cfg=None,
    )
    path = weights_for(cfg, checkpoint)
    if path is None:
        start_untrained(encoder, 'analysed')
    else:
        state = state_dict_of(read_checkpoint(path))
        own = {k: v for k, v in state.items() if k.startswith('backbone.')}
        check_fit(encoder, own, str(path))
        encoder.load_state_dict(own)
    return encoder.eval().to(get_device())


def encoder_facts(
    cfg: Config,
    loader: DataLoader,
    encoder: ImageEncoder,
    checkpoint: str | Path | None,
    levels: Sequence[int] | None,
) -> dict:
    """What a result says of data, episodes and an encoder."""
    path = weights_for(cfg, checkpoint)
    facts = facts_of(cfg, loader) | facts_of_model(cfg, encoder, path)
    return facts | dict(levels='all' if levels is None else list(levels))
