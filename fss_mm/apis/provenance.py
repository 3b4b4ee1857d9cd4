"""Where a number comes from: what a report says beside the scores."""

from __future__ import annotations

import inspect
import time
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner

from ..engine.checkpoints import training_data
from ..evaluation import JointTestMetric
from ..protocols.test_description import describe_test
from ..protocols.test_plan import metrics_of
from ..registry import MODELS
from ..utils.files import sha256_of


def write_reports_to(cfg: Config, report: str | Path | None) -> None:
    """Give each test's metric its report, and all of them one ledger."""
    now = time.strftime('report_%Y%m%d_%H%M%S.json')
    path = Path(report or Path(cfg.work_dir) / now)
    metrics = metrics_of(cfg)
    for name, metric in metrics.items():
        own = path.with_stem(f'{path.stem}_{name}') if len(metrics) > 1 else path
        metric.report = str(own)
        metric.setdefault('ledger', str(path.parent / 'ledger.csv'))
    if len(metrics) > 1:
        cfg.test_evaluator.summary = str(path.with_suffix('.md'))


def provenance_of(cfg: Config) -> dict:
    """Where a number comes from, beside its protocol."""
    known = dict(
        config=cfg.filename,
        checkpoint=cfg.load_from,
        wrappers=describe_wrappers(cfg.model),
        hashes={},
    )
    if cfg.load_from is not None:
        known['hashes'] = dict(checkpoint_sha256=sha256_of(cfg.load_from))
        known['training'] = training_data(cfg.load_from)
    return known


def describe_tests(runner: Runner, cfg: Config, provenance: dict) -> None:
    """Tell each metric what stands behind its number."""
    loader, (metric,) = runner.test_loop.dataloader, runner.test_loop.evaluator.metrics
    dataset, sampler = loader.dataset, loader.sampler
    parts = [(None, dataset, sampler, metric)]
    if isinstance(metric, JointTestMetric):
        parts = [
            (name, dataset.datasets[name], sampler.samplers[name], own)
            for name, own in metric.metrics.items()
        ]
    tests = cfg.get('tests') or {}
    for name, data, episodes, own in parts:
        rules = tests.get(name) or next(iter(tests.values()), dict(deviations=[]))
        own.protocol = describe_test(data, episodes, own, rules)
        identical = dict(identical_inputs=episodes.identical_inputs)
        own.provenance = provenance | identical


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
