"""A config's segmentor with its weights, outside of a run.

Shape letters: N episodes, K shots, H W image size.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.logging import MMLogger, print_log
from mmengine.registry import init_default_scope
from torch import nn

from ..engine.checkpoints import check_fit
from ..engine.config_check import check_model, check_options
from ..engine.work_folder import find_checkpoint, weights_for
from ..models import FewShotSegmentor, refiner_config
from ..publishing import is_hub_name, open_model
from ..registry import MODELS
from ..utils.checkpoint_files import read_checkpoint, state_dict_of
from ..utils.config_options import merge_options, read_config
from ..utils.spelling import argument


def build_segmentor(cfg: Config) -> FewShotSegmentor:
    """Build a config's model on the CPU, in eval mode, without weights.

    Args:
        cfg (Config): A whole experiment.

    Raises:
        ValueError: If it has no few-shot segmentor, or one with keys that nobody reads
            or that lack.
    """
    given = cfg.get('model')
    if not isinstance(given, Mapping):
        raise ValueError(f'{cfg.filename}: the config has no model (model={given!r})')
    init_default_scope(cfg.get('default_scope', 'fss_mm'))
    check_model(cfg)
    model = MODELS.build(cfg.model)
    if not isinstance(model, FewShotSegmentor):
        raise ValueError(
            f'{cfg.filename}: model is a {type(model).__name__}, expected a '
            'FewShotSegmentor'
        )
    return model.eval()


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
    model = build_segmentor(cfg if isinstance(cfg, Config) else read_config(cfg))
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


def open_segmentor(
    model: str | Path | Config,
    weights: str | Path | None = None,
    cfg_options: dict | None = None,
    trust: bool = False,
    refiner: str | Mapping | None = None,
) -> tuple[Config, FewShotSegmentor]:
    """A config and its segmentor, from whatever names them.

    Args:
        model (str | Path | Config): A config, its file or its name, or a model folder,
            here or by its name on the Hugging Face hub.
        weights (str | Path, optional): A checkpoint, or a work folder: its best one.
            Defaults to None: those of a model folder, else the config's initial ones.
        cfg_options (dict, optional): Fields to override in the config, by dotted keys.
        trust (bool): Run code that a model folder names. Defaults to False.
        refiner (str | Mapping, optional): Of :func:`~fss_mm.models.refiner_config`, in
            the place of the config's own. Defaults to None: that stays.

    Raises:
        FileNotFoundError: If there is no such config, folder or checkpoint.
        ValueError: If the weights are of another model, there is no such refiner, or
            nothing reads an option.
    """
    cfg = _config_of(model, trust)
    if cfg_options:
        merge_options(cfg, cfg_options)
        check_options(cfg, cfg_options)
    if refiner is not None and isinstance(cfg.get('model'), Mapping):  # else refused
        cfg.model.refiner = refiner_config(refiner)
    segmentor = build_segmentor(cfg)
    weights = weights_for(cfg, weights)
    if weights is None:
        start_untrained(segmentor, 'used')
    else:
        load_weights(segmentor, weights)
    return cfg, segmentor


def usable_device(device: str | None) -> torch.device:
    """A device that is there; None is a GPU where there is one, else the CPU.

    Raises:
        ValueError: If it is not there.
    """
    if device is None:
        device = 'cuda' if torch.cuda.is_available() else 'cpu'
    try:
        return torch.empty(0, device=device).device
    except (AssertionError, NotImplementedError, RuntimeError) as error:
        reason = str(error).strip().partition('\n')[0]
        raise ValueError(
            f'{argument("device", str(device))} cannot be used ({reason}); expected '
            'one such as cpu or cuda:0'
        ) from error


def _config_of(model: str | Path | Config, trust: bool) -> Config:
    """A config of one's own, which may be changed."""
    if isinstance(model, Config):
        return copy.deepcopy(model)
    if is_hub_name(model):
        return open_model(model, trust)[0]
    return read_config(model, trust)


def start_untrained(model: nn.Module, doing: str = 'tested') -> bool:
    """Initialise a model that has no checkpoint.

    Args:
        model (nn.Module): It may have nothing to train: a method without training.
        doing (str): What is done with it, for the warning. Defaults to 'tested'.

    Returns:
        bool: Whether it should have been trained; it is said in the log.
    """
    logger = MMLogger.get_current_instance()
    level = logger.level
    try:  # mmengine says a line of each parameter, if there is no log file to keep it
        logger.setLevel(logging.WARNING)
        model.init_weights()
    finally:
        logger.setLevel(level)
    untrained = any(parameter.requires_grad for parameter in model.parameters())
    if untrained:
        text = f'no checkpoint: an untrained model is {doing}'
        print_log(text, 'current', logging.WARNING)
    return untrained
