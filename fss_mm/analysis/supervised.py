"""A supervised model as a subject: on the episodes of a few-shot one."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import DefaultScope
from mmseg.registry import DATASETS

from ..engine.checkpoint_meta import meta_of
from ..engine.hooks.label_names_hook import label_names, labels_of_classes
from ..engine.work_folder import find_checkpoint
from ..inference.opening import load_weights
from ..models import SupervisedSegmentor
from ..registry import MODELS
from ..utils.checkpoint_files import read_checkpoint
from ..utils.config_options import read_config
from ..utils.text import shorten
from .subject import Subject, facts_of_model, open_episodes

_OURS, _OF_MMSEG = 'SupervisedSegmentor', 'EncoderDecoder'
_NO_EPISODES = 'LoadAnnotations', 'LoadFewShotMask', 'PackSegInputs'
_OF_PREPROCESSOR = 'mean', 'std', 'bgr_to_rgb'


def open_supervised(
    config: str | Path, checkpoint: str | Path, few_shot: Subject
) -> Subject:
    """Open a supervised model, and ask it the episodes of a few-shot one.

    Args:
        config (str | Path): With a :class:`~fss_mm.models.SupervisedSegmentor`, or of
            mmseg, with an ``EncoderDecoder``; and the pipeline of its test.
        checkpoint (str | Path): Its weights, or a work folder: its best ones.
        few_shot (Subject): Whose episodes and rules of scoring it gets.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If the weights are of another model, or the config's model is none
            with a list of classes, or does not know those of the episodes.
    """
    own, path = read_config(config), find_checkpoint(checkpoint)
    cfg = on_episodes(own, few_shot.cfg)
    loader = open_episodes(cfg)
    with DefaultScope.overwrite_default_scope('fss_mm'):
        model: SupervisedSegmentor = MODELS.build(cfg.model).eval()
    load_weights(model, path)
    names = _names(own, path)
    if len(names) != model.num_classes:
        raise ValueError(
            f'{config}: the model has {model.num_classes} classes, and its data set '
            f'names {len(names)}: {shorten(names)}'
        )
    model.use_labels(labels_of_classes(names, [loader.dataset]))
    facts = facts_of_model(cfg, model, path) | dict(
        config=str(config), classes=len(names)
    )
    return Subject(cfg, model.to(get_device()), loader, facts)


def on_episodes(cfg: Config, few_shot: Config) -> Config:
    """The experiment of a few-shot model, with a supervised one in its place.

    Args:
        cfg (Config): Of the supervised model; of it are the model and what its test
            does to an image.
        few_shot (Config): Of it is all else.

    Raises:
        ValueError: If ``cfg`` has no such model, or no pipeline.
    """
    found = copy.deepcopy(few_shot)
    found.model = _model(cfg)
    dataset = found.test_dataloader.dataset
    loads = any(_loads_image(step) for step in dataset.get('query_pipeline') or ())
    steps = [step for step in _pipeline(cfg) if loads or not _loads_image(step)]
    # behind the resizing: scored at the original size
    dataset.query_pipeline = [*steps, dict(type='LoadFewShotMask')]
    return found


def _model(cfg: Config) -> dict:
    model = copy.deepcopy(cfg.get('model') or {})
    kind = model.get('type')
    if kind not in (_OURS, _OF_MMSEG):
        raise ValueError(
            f'{cfg.filename}: model is a {kind}, expected a segmentor of mmseg with a '
            f'list of classes, {_OURS} or {_OF_MMSEG}'
        )
    if kind == _OURS:
        return model | dict(feature_bank=None)
    given = model.get('data_preprocessor') or cfg.get('data_preprocessor') or {}
    kept = {key: given[key] for key in _OF_PREPROCESSOR if given.get(key) is not None}
    for key in ('pretrained', 'train_cfg'):
        model.pop(key, None)
    preprocessor = dict(type='FewShotDataPreProcessor', **kept)
    return model | dict(type=_OURS, data_preprocessor=preprocessor)


def _names(cfg: Config, path: Path) -> tuple[str, ...]:
    """Names of the labels: what the checkpoint says, else the config's data set."""
    checkpoint = read_checkpoint(path)
    known = label_names(meta_of(checkpoint)['dataset_meta'])
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


def _pipeline(cfg: Config) -> Sequence[Mapping]:
    dataset = (cfg.get('test_dataloader') or {}).get('dataset') or {}
    steps = (
        dataset.get('query_pipeline')
        or cfg.get('test_pipeline')
        or dataset.get('pipeline')
    )
    if not steps:
        raise ValueError(f'{cfg.filename}: there is no test_pipeline')
    return [step for step in steps if step['type'] not in _NO_EPISODES]


def _loads_image(step: Mapping) -> bool:
    return step['type'].startswith('Load') and 'Image' in step['type']
