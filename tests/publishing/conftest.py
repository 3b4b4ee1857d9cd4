"""A small trained model, and a report of a test of it."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from mmengine.registry import init_default_scope

from fss_mm.apis import evaluate, train
from fss_mm.utils.config_options import read_config
from tests.small_shapes import SMALL, SMALL_TEST


@pytest.fixture(scope='session')
def trained(tmp_path_factory):
    """A work folder, its best checkpoint, and a report of a test of it."""
    init_default_scope('fss_mm')
    work = tmp_path_factory.mktemp('work') / 'shapes'
    cfg = read_config('shapes/simprop_fold0')
    cfg.merge_from_dict(SMALL | SMALL_TEST | dict(experiment_name=uuid4().hex))
    cfg.work_dir = str(work)
    cfg.custom_hooks.append(dict(type='EMAHook'))
    checkpoint = train(cfg)
    report = work / 'tests' / 'report.json'
    measured(cfg, checkpoint, report)
    return SimpleNamespace(work=work, checkpoint=checkpoint, report=report)


def measured(cfg, checkpoint, report) -> dict:
    """Scores of a test."""
    cfg.experiment_name = uuid4().hex
    cfg.work_dir = str(report.parent)
    return evaluate(cfg, checkpoint, report)
