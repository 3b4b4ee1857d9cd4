"""Training and testing from a config, as the tools do it."""

from __future__ import annotations

import copy
import inspect
import logging
import time
from pathlib import Path

from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.runner import Runner

from ..registry import MODELS
from ..utils.distributed import unwrapped


def train(cfg: Config) -> Path | None:
    """Train.

    Args:
        cfg (Config): A whole experiment, with ``work_dir``.

    Returns:
        Path | None: The checkpoint with the best validation score, if one was saved.

    Raises:
        ValueError: If the config does not say how to train, or the model cannot look at
            as many supports as episodes have.
    """
    if cfg.get('train_cfg') is None:
        raise ValueError(
            f'{cfg.filename} is for tests only: it has no train_cfg; train the config '
            'it is based on, and test this one with those weights'
        )
    runner = Runner.from_cfg(cfg)
    model = unwrapped(runner.model)
    model.decode_head.require_shots(_num_shots(cfg.train_dataloader))
    if cfg.get('val_dataloader') is not None:
        model.require_shots(_num_shots(cfg.val_dataloader))
    runner.train()
    best = runner.message_hub.runtime_info.get('best_ckpt')
    return None if best is None else Path(best)


def evaluate(
    cfg: Config,
    checkpoint: str | Path | None = None,
    report: str | Path | None = None,
    show_dir: str | Path | None = None,
    show_episodes: int | None = 50,
    provenance: dict | None = None,
) -> dict[str, float]:
    """Test on the novel classes.

    Args:
        cfg (Config): A whole experiment, with ``work_dir``; it is not changed.
        checkpoint (str | Path, optional): Weights. Without them the model starts from
            its initial ones, for methods without training. Defaults to None.
        report (str | Path, optional): JSON report; a table goes beside it. Defaults to
            ``report_<time>.json`` in the work folder.
        show_dir (str | Path, optional): Folder for pictures. Defaults to None: draw
            none.
        show_episodes (int, optional): How many episodes of each list to draw. Defaults
            to 50.
        provenance (dict, optional): What else the report should say.

    Returns:
        dict[str, float]: ``mIoU``, ``FBIoU``, ``IoU_<class>``, in percent.

    Raises:
        ValueError: If the checkpoint is of another model, or the model cannot look at
            as many supports as episodes have.
    """
    cfg = copy.deepcopy(cfg)
    for loop in ('train', 'val'):  # nothing of them is built
        cfg[f'{loop}_dataloader'] = cfg[f'{loop}_cfg'] = None
    cfg.optim_wrapper = cfg.param_scheduler = cfg.val_evaluator = None
    cfg.resume, cfg.load_from = False, None if checkpoint is None else str(checkpoint)
    now = time.strftime('report_%Y%m%d_%H%M%S.json')
    cfg.test_evaluator.report = str(report or Path(cfg.work_dir) / now)
    cfg.test_evaluator.provenance = dict(
        config=cfg.filename,
        checkpoint=cfg.load_from,
        wrappers=describe_wrappers(cfg.model),
        identical_inputs=cfg.test_dataloader.sampler.get('identical_inputs', False),
        **(provenance or {}),
    )
    cfg.default_hooks.visualization = dict(
        type='EpisodeVisualizationHook',
        show_dir=None if show_dir is None else str(show_dir),
        max_episodes=show_episodes,
    )
    runner = Runner.from_cfg(cfg)
    model = unwrapped(runner.model)
    model.require_shots(_num_shots(cfg.test_dataloader))
    if checkpoint is None:
        model.init_weights()
        if any(parameter.requires_grad for parameter in model.parameters()):
            print_log(
                'no checkpoint: an untrained model is tested',
                'current',
                logging.WARNING,
            )
            for metric in runner.test_loop.evaluator.metrics:
                metric.provenance['untrained'] = True
    return runner.test()


def _num_shots(dataloader: dict) -> int:
    return dataloader.dataset.get('num_shots', 1)


def describe_wrappers(model: dict) -> list[str]:
    """What is around the segmentor, outermost first: 'ShotFusion(max_shots=1)'."""
    if 'segmentor' not in model:
        return []
    parameters = inspect.signature(MODELS.get(model['type'])).parameters
    own = {
        k: model.get(k, p.default) for k, p in parameters.items() if k != 'segmentor'
    }
    arguments = ', '.join(f'{name}={value}' for name, value in own.items())
    return [f'{model["type"]}({arguments})', *describe_wrappers(model['segmentor'])]
