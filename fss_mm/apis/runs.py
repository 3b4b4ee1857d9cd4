"""Training and testing from a config, as the tools do it."""

from __future__ import annotations

import copy
import logging
import time
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.logging import print_log
from mmengine.runner import Runner
from mmseg.models.segmentors import BaseSegmentor
from torch import nn
from torch.utils.data import Dataset

from ..engine import FewShotRunner
from ..engine.config_check import check_config
from ..engine.past_of_weights import past_of
from ..engine.work_folder import (
    best_checkpoint,
    last_checkpoint,
    require_unused,
    weights_for,
)
from ..inference.opening import start_untrained
from ..models import FewShotSegmentor, SupervisedSegmentor
from ..registry import RUNNERS
from ..utils.distributed import unwrapped
from .provenance import provenance_of
from .reports import few_shot_metric, require_places, write_reports


def train(cfg: Config) -> Path | None:
    """Train.

    Args:
        cfg (Config): A whole experiment, with ``work_dir``.

    Returns:
        Path | None: The checkpoint with the best validation score, if one was saved.

    Raises:
        FileExistsError: If the work folder holds checkpoints of another run.
        ValueError: If the config has keys that nobody reads, or does not say how to
            train, or the model cannot look at as many supports as episodes have.
    """
    require_training(cfg)
    check_config(cfg)
    _choose_start(cfg)
    runner = build_runner(cfg)
    model = unwrapped(runner.model)
    if isinstance(model, FewShotSegmentor):  # one of mmseg has no shots
        model.decode_head.require_shots(_num_shots(cfg.train_dataloader))
        if cfg.get('val_dataloader') is not None:
            model.require_shots(_num_shots(cfg.val_dataloader))
    runner.train()
    best = runner.message_hub.runtime_info.get('best_ckpt')
    if best is None or Path(best).is_file():
        return best and Path(best)
    return best_checkpoint(cfg.work_dir)  # a better one came behind the last save


def require_training(cfg: Config) -> None:
    """Check that a config says how to train.

    Raises:
        ValueError: If it is for tests only.
    """
    if cfg.get('train_cfg') is None:
        raise ValueError(
            f'{cfg.filename} is for tests only: it has no train_cfg; train the config '
            'it is based on, and test this one with those weights'
        )


def _choose_start(cfg: Config) -> None:
    """Resume the last checkpoint if no other is named; mix no two runs."""
    if cfg.get('resume') and cfg.get('load_from') is None:
        last = last_checkpoint(cfg.work_dir)
        cfg.load_from, cfg.resume = last and str(last), last is not None
        if last is None:
            text = f'no checkpoint in {cfg.work_dir}: training starts anew'
            print_log(text, 'current', logging.WARNING)
    if not cfg.get('resume') or not _lies_in(cfg.load_from, cfg.work_dir):
        require_unused(cfg.work_dir)


def _lies_in(path: str, folder: str) -> bool:
    return Path(path).resolve().parent == Path(folder).resolve()


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
        checkpoint (str | Path, optional): Weights, or a work folder: its best ones.
            Defaults to None: those beside the config of a model folder, else the
            model's initial ones, for methods without training.
        report (str | Path, optional): JSON report; its text goes beside it, and a line
            to ``ledger.csv`` in its folder. Where there are several tests (see
            :mod:`.test_plan`), each has its own, with its name behind the stem.
            Defaults to ``report_<time>.json`` in the work folder.
        show_dir (str | Path, optional): Folder for pictures. Defaults to None: draw
            none.
        show_episodes (int, optional): How many episodes of each list to draw. Defaults
            to 50.
        provenance (dict, optional): What else the report should say.

    Returns:
        dict[str, float]: ``mIoU``, ``FBIoU``, ``IoU_<class>``, in percent; of several
        tests with their names in front, ``pfenet/mIoU``.

    Raises:
        FileNotFoundError: If there are no such weights.
        ValueError: If the config has keys that nobody reads, or the checkpoint is of
            another model, or the model cannot look at as many supports as episodes
            have, or there is no FewShotIoUMetric.
        OSError: If a report would replace another file, or cannot be written; then it
            has been printed.
    """
    check_config(cfg)
    cfg = _for_tests_only(cfg)
    checkpoint = weights_for(cfg, checkpoint)
    cfg.load_from = None if checkpoint is None else str(checkpoint)
    now = time.strftime('report_%Y%m%d_%H%M%S.json')
    path = Path(report or Path(cfg.work_dir) / now)
    require_places(path, list(cfg.get('tests') or {}), show_dir and str(show_dir))
    pictures = dict(
        type='EpisodeVisualizationHook',
        show_dir=None if show_dir is None else str(show_dir),
        max_episodes=show_episodes,
    )
    cfg.default_hooks = dict(cfg.get('default_hooks') or {}, visualization=pictures)
    runner = build_runner(cfg)
    model = unwrapped(runner.model)
    _require_episodes(model, runner.test_loop.dataloader.dataset)
    few_shot_metric(runner.test_loop)  # else an error before the test, not behind it
    past = past_of(cfg)
    known = provenance_of(cfg, past) | (provenance or {})
    if checkpoint is None:
        known['untrained'] = start_untrained(model)
    scores = runner.test()
    if is_main_process():
        write_reports(runner.test_loop, cfg.get('tests') or {}, known, path, past)
    return scores


def build_runner(cfg: Config) -> Runner:
    """The Runner of a config: its ``runner_type``, or ours."""
    if cfg.get('runner_type') is None:
        return FewShotRunner.from_cfg(cfg)
    return RUNNERS.build(cfg)


def _require_episodes(model: nn.Module, dataset: Dataset) -> None:
    """Check that a model can be shown a test's episodes.

    Raises:
        ValueError: If it looks at images alone, or at another number of supports.
    """
    if isinstance(model, FewShotSegmentor):
        model.require_shots(dataset.num_shots)
    elif isinstance(model, BaseSegmentor) and not isinstance(
        model, SupervisedSegmentor
    ):
        raise ValueError(
            f'a {type(model).__name__} of mmseg segments images, not episodes: give '
            "the config model.type='SupervisedSegmentor', which has its arguments and "
            'weights, and a test_dataloader of episodes'
        )


def _for_tests_only(cfg: Config) -> Config:
    """A copy of which nothing is built that belongs to training."""
    cfg = copy.deepcopy(cfg)
    for loop in ('train', 'val'):
        cfg[f'{loop}_dataloader'] = cfg[f'{loop}_cfg'] = None
    cfg.optim_wrapper = cfg.param_scheduler = cfg.val_evaluator = None
    cfg.resume = False
    return cfg


def _num_shots(dataloader: dict) -> int:
    return dataloader.dataset.get('num_shots', 1)
