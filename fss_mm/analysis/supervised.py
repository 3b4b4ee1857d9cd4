"""A supervised segmentor of mmseg, asked for the classes of few-shot episodes.

Shape letters: H W image size.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.device import get_device
from mmengine.registry import DefaultScope
from mmseg.models.segmentors import BaseSegmentor
from mmseg.registry import DATASETS, MODELS, TRANSFORMS

from ..datasets.class_synonyms import fold_name
from ..engine.work_folder import find_checkpoint
from ..inference.opening import load_weights
from ..utils.checkpoint_files import read_checkpoint
from ..utils.config_options import read_config
from ..utils.files import sha256_of
from ..utils.text import shorten

_ANNOTATIONS = 'LoadAnnotations', 'LoadFewShotMask'


@dataclass(frozen=True)
class SupervisedModel:
    """A segmentor with a fixed list of classes.

    Args:
        model (BaseSegmentor): In eval mode, on its device.
        scope (str): Of its config, for what is built later.
        classes (tuple[str, ...]): Names of its labels 0, 1, ...
        pipeline (Sequence[dict]): Of its test, without annotations.
        facts (dict): What a result has to say of it.
    """

    model: BaseSegmentor
    scope: str
    classes: tuple[str, ...]
    pipeline: Sequence[dict]
    facts: dict

    def require(self, names: Iterable[str]) -> None:
        """Check that it knows classes, by name.

        Raises:
            ValueError: Naming those that it does not know.
        """
        known = {fold_name(name) for name in self.classes}
        unknown = [name for name in names if fold_name(name) not in known]
        if unknown:
            raise ValueError(
                f'the supervised model does not know {", ".join(unknown)}: its classes '
                f'are {shorten(self.classes, 25)}. Give one that was trained on all '
                'novel classes, or another --fold'
            )

    @torch.no_grad()
    def labels(self, info: Mapping) -> np.ndarray:
        """Labels of an image, at its size on disk.

        Args:
            info (Mapping): ``img_path``, or ``img`` (H, W, 3), uint8, BGR.

        Returns:
            np.ndarray: (H, W), int64.
        """
        with DefaultScope.overwrite_default_scope(self.scope):
            data = Compose(self._transforms('img' in info))(_start(info))
            sample = self.model.test_step(pseudo_collate([data]))[0]
        return sample.pred_sem_seg.data[0].cpu().numpy()

    def masks(self, info: Mapping, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Masks of classes in an image, (H, W) of bool, by the names asked for."""
        places = {fold_name(own): i for i, own in enumerate(self.classes)}
        labels = self.labels(info)
        return {name: labels == places[fold_name(name)] for name in names}

    def _transforms(self, drawn: bool) -> list:
        """Built anew each time: a transform may keep what it was given."""
        steps = copy.deepcopy(list(self.pipeline))
        if drawn:  # there is no file to read
            steps[0] = dict(type='LoadImageFromNDArray')
        return [TRANSFORMS.build(step) for step in steps]


def open_supervised(config: str | Path, checkpoint: str | Path) -> SupervisedModel:
    """Open a segmentor of mmseg.

    Args:
        config (str | Path): Of mmseg: ``model`` and ``test_pipeline``, or a
            ``test_dataloader`` with one.
        checkpoint (str | Path): Its weights, or a work folder: its best ones.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If the weights are of another model, or the config's model is none
            with a list of classes.
    """
    cfg, path = read_config(config), find_checkpoint(checkpoint)
    scope = cfg.get('default_scope') or 'mmseg'
    model = _build(cfg, scope)
    load_weights(model, path)
    classes = _classes(cfg, path)
    if len(classes) != model.num_classes:
        raise ValueError(
            f'{config}: the model has {model.num_classes} classes, and its data set '
            f'names {len(classes)}: {shorten(classes)}'
        )
    facts = dict(
        config=str(config),
        head=type(model.decode_head).__name__,
        backbone=type(model.backbone).__name__,
        classes=len(classes),
        checkpoint=str(path),
        checkpoint_sha256=sha256_of(path),
    )
    model = model.to(get_device()).eval()
    return SupervisedModel(model, scope, classes, _pipeline(cfg), facts)


def _build(cfg: Config, scope: str) -> BaseSegmentor:
    if cfg.get('model') is None:
        raise ValueError(f'{cfg.filename}: the config has no model')
    options = copy.deepcopy(cfg.model)
    options.pretrained = options.train_cfg = None
    with DefaultScope.overwrite_default_scope(scope):
        kind = MODELS.get(options.type)
        supervised = isinstance(kind, type) and issubclass(kind, BaseSegmentor)
        model = MODELS.build(options) if supervised else None
    if not isinstance(getattr(model, 'num_classes', None), int):
        raise ValueError(
            f'{cfg.filename}: model is a {options.type}, expected a segmentor of mmseg '
            'with a list of classes, such as EncoderDecoder'
        )
    return model


def _classes(cfg: Config, path: Path) -> tuple[str, ...]:
    """Names of the labels: what the checkpoint says, else the config's data set."""
    meta = read_checkpoint(path).get('meta') or {}
    known = (meta.get('dataset_meta') or {}).get('classes') or meta.get('CLASSES')
    dataset = (cfg.get('test_dataloader') or {}).get('dataset') or {}
    while 'dataset' in dataset:
        dataset = dataset['dataset']
    if not known:
        known = (dataset.get('metainfo') or {}).get('classes')
    if not known and 'type' in dataset:
        kind = DATASETS.get(dataset['type'])
        known = getattr(kind, 'METAINFO', {}).get('classes')
    if not known:
        raise ValueError(
            f'neither {str(path)!r} nor {cfg.filename} names the classes: give '
            'test_dataloader.dataset.metainfo=dict(classes=(...))'
        )
    return tuple(known)


def _pipeline(cfg: Config) -> list[dict]:
    dataset = (cfg.get('test_dataloader') or {}).get('dataset') or {}
    steps = cfg.get('test_pipeline') or dataset.get('pipeline')
    if not steps:
        raise ValueError(f'{cfg.filename}: there is no test_pipeline')
    return [step for step in steps if step['type'] not in _ANNOTATIONS]


def _start(info: Mapping) -> dict:
    """What a pipeline starts from, without the labels."""
    keys = ('img',) if 'img' in info else ('img_path',)
    return {key: info[key] for key in keys} | dict(seg_fields=[])
