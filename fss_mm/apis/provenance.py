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

# arguments of a segmentor that change what a trained model predicts
STRATEGIES = ('shot_fusion', 'fine_tuning', 'test_scales', 'arithmetic')


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
        strategies=describe_strategies(cfg.model),
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


def describe_strategies(model: dict) -> list[str]:
    """How a model is used at test, beyond its defaults: 'shot_fusion(max_shots=1)'."""
    parameters = inspect.signature(MODELS.get(model['type'])).parameters
    found = []
    for name in STRATEGIES:
        value = model.get(name)
        default = parameters[name].default if name in parameters else None
        if value is None or value == default:
            continue
        if isinstance(value, dict):
            arguments = ', '.join(f'{key}={own}' for key, own in value.items())
            found.append(f'{name}({arguments})')
        else:
            found.append(f'{name}={tuple(value)}')
    return found
