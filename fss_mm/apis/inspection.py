"""A trained segmentor and episodes to show it, for tools that look inside.

Shape letters: N episodes, K shots, H W image size.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmengine.structures import PixelData
from torch import nn

from ..engine.checkpoints import check_fit
from ..engine.work_folder import find_checkpoint
from ..models import FewShotSegmentor
from ..registry import MODELS
from ..structures import FewShotSegDataSample
from ..utils.checkpoint_files import read_checkpoint, state_dict_of
from ..utils.config_options import read_config


def load_segmentor(
    cfg: Config | str | Path, checkpoint: str | Path
) -> FewShotSegmentor:
    """Build a config's model on the CPU and load weights, in eval mode.

    Args:
        cfg (Config | str | Path): A whole experiment, its file, or its name.
        checkpoint (str | Path): Weights, or a work folder: its best ones.

    Examples:
        A class is learned once, from K labelled images (K, 3, H, W), uint8 and BGR, and
        their masks (K, H, W) of 0 and 1, and looked for in any number of others. They
        are as large as the config's pipelines make them.

        >>> model = load_segmentor('configs/simprop/fold0.py', 'work_dirs/fold0')
        >>> def encode(**inputs):
        ...     data = dict(inputs=inputs, data_samples=None)
        ...     return model.encode(model.data_preprocessor(data)['inputs'])
        >>> with torch.no_grad():
        ...     _, supports = encode(support=[images], support_mask=[masks])
        ...     owl = model.represent(model.describe_supports(supports))
        ...     query, _ = encode(query=[image])  # (3, H, W)
        ...     logits = model.segment(model.describe_queries(query), owl)
        >>> # logits (1, 2, h, w) have the head's resolution
        >>> mask = model.decode_head.resize(logits, image.shape[-2:]).argmax(1)[0]

    Raises:
        FileNotFoundError: If there are no such weights.
        ValueError: If they are of another model, or hold more than plain data.
    """
    cfg = cfg if isinstance(cfg, Config) else read_config(cfg)
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model).eval()
    load_weights(model, find_checkpoint(checkpoint))
    return model


def load_weights(model: nn.Module, checkpoint: str | Path) -> None:
    """Load weights into a model that they fit.

    Args:
        model (nn.Module): The model, not wrapped.
        checkpoint (str | Path): A file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If they are of another model, or hold more than plain data.
    """
    state = state_dict_of(read_checkpoint(checkpoint))
    check_fit(model, state, str(checkpoint))
    model.load_state_dict(state)


@torch.no_grad()
def encoded_episodes(
    cfg: Config, model: FewShotSegmentor, num_episodes: int, seed: int = 0
) -> Iterator[tuple]:
    """Encode the first episodes of a test list, batch by batch.

    Yields:
        tuple: QueryFeatures, SupportFeatures, the list of FewShotSegDataSample, and the
        inputs as loaded: lists ``query`` of (3, H, W), ``support`` of (K, 3, H, W) and
        ``support_mask`` of (K, H, W) in a dict.
    """
    cfg.test_dataloader.sampler.update(num_episodes=num_episodes, seeds=[seed])
    for loaded in Runner.build_dataloader(cfg.test_dataloader):
        data = model.data_preprocessor(loaded)
        query, supports = model.encode(data['inputs'])
        yield query, supports, data['data_samples'], loaded['inputs']


def random_batch(n: int, k: int, size: tuple[int, int]) -> dict:
    """A collated batch of N episodes with K shots of random images and masks.

    Args:
        n (int): N.
        k (int): K.
        size (tuple[int, int]): (H, W) of all images.
    """
    generator = torch.Generator().manual_seed(0)

    def draw(high: int, *shape: int) -> torch.Tensor:
        return torch.randint(high, shape, generator=generator, dtype=torch.uint8)

    samples = []
    for number in range(n):
        sample = FewShotSegDataSample(
            metainfo=dict(
                ori_shape=size,
                seed=0,
                number=number,
                support_set_seed=number,
                class_id=1,
            )
        )
        sample.gt_sem_seg = PixelData(data=draw(2, 1, *size))
        samples.append(sample)
    inputs = dict(
        query=[draw(256, 3, *size) for _ in range(n)],
        support=[draw(256, k, 3, *size) for _ in range(n)],
        support_mask=[draw(2, k, *size) for _ in range(n)],
    )
    return dict(inputs=inputs, data_samples=samples)
