"""Tests on several processes of a model in which nothing is trained."""

import json

import pytest

from tests.conftest import ROOT
from tests.tool_runs import run

CONFIG = """
_base_ = '{base}'
model = dict(
    type='FewShotSegmentor',
    backbone=dict(frozen=True, norm_eval=True),
    decode_head=dict(
        _delete_=True, type='PrototypeHead', in_channels=(64,), in_index=(0,)
    ),
)
"""
OPTIONS = [
    'model.backbone.out_nodes=("relu",)',
    'test_dataloader.dataset.num_images=100',
    'test_dataloader.dataset.side=32',
    'test_dataloader.sampler.num_episodes=7',
    'test_dataloader.sampler.seeds=[0]',
]


def test_a_method_without_training_on_two_processes(tmp_path, run_here):
    """The same episodes with the same scores as on one."""
    config = tmp_path / 'prototype.py'
    config.write_text(CONFIG.format(base=ROOT / 'configs/shapes/simprop_fold0.py'))
    reports = []
    for processes in (0, 2):
        folder = tmp_path / str(processes)
        command = ['tools/test.py', config, '--work-dir', folder]
        command += ['--report', folder / 'r.json']
        if processes:
            run(*command, processes=processes, tiny=OPTIONS)
        else:
            run_here(*command, tiny=OPTIONS)
        reports.append(json.loads((folder / 'r.json').read_text()))
    one, two = reports
    assert len(one['episodes']) == 7 and one['episodes'] == two['episodes']
    assert one['mean'] == pytest.approx(two['mean'])
    assert two['provenance']['checkpoint'] is None
    assert not two['provenance']['untrained']
