"""Which models the page offers, and where it listens."""

import pytest
from mmengine.config import Config

from fss_mm.apps import at_hand
from fss_mm.apps.at_hand import choices_of, has_weights, licence_of
from fss_mm.apps.limits import Refused
from fss_mm.apps.models import Models
from tests.inference.conftest import color_config


def titles(given, folder='no such folder'):
    return [one.title for one in choices_of(given, {}, folder)]


def test_titles_tell_no_path_of_the_machine(tmp_path):
    config = tmp_path / 'mine' / 'owls.py'
    config.parent.mkdir()
    config.write_text('a = 1')
    given = [['simprop/fold0', f'{tmp_path}/best.pth'], [str(config)], [str(tmp_path)]]
    found = titles([*given, given[1]])
    assert found == [
        'simprop/fold0, best.pth', 'mine/owls', tmp_path.name, 'mine/owls (2)',
    ]  # fmt: skip


def test_what_is_at_hand(monkeypatch, tmp_path):
    """Configs for photographs with weights, and trainings; else what to do is said."""
    names = ['prototype/fold0', 'prototype/photographs']
    monkeypatch.setattr(at_hand, 'config_names', lambda: names)
    monkeypatch.setattr(at_hand, 'has_weights', lambda cfg: False)
    with pytest.raises(ValueError, match='no model has its weights on this machine'):
        titles([])
    work = tmp_path / 'run1'
    work.mkdir()
    (tmp_path / 'run2').mkdir()
    (work / 'owls.py').write_text('a = 1')
    (work / 'iter_5.pth').write_bytes(b'')
    assert titles([], tmp_path) == ['trained: run1']
    monkeypatch.setattr(at_hand, 'has_weights', lambda cfg: True)
    assert titles([]) == ['prototype/photographs']


@pytest.mark.parametrize(
    ('model', 'here'),
    [
        (color_config().model, True),
        (dict(backbone=dict(init_cfg=dict(checkpoint='/no/such.pth'))), False),
        (dict(backbone=dict(init_cfg=dict(checkpoint=__file__))), True),
        (dict(a=[dict(type='TorchvisionBackbone', name='resnet18')]), False),
        (dict(type='TorchvisionBackbone', name='resnet18', weights=None), True),
        (dict(type='TimmBackbone', name='resnet18.a1_in1k'), False),
    ],
)
def test_weights_on_this_machine(model, here, monkeypatch, tmp_path):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    monkeypatch.setenv('HF_HUB_CACHE', str(tmp_path))
    assert has_weights(Config(dict(model=model))) == here


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('a = b', 'NameError'),
        ('a = (', 'SyntaxError|never closed'),
        ('model = 1 / 0', 'ZeroDivisionError'),
        ('model = 5', 'the config has no model'),
        ("model = dict(type='FewShotSegmentor', backbone=3)", 'backbone|type'),
        ("model = dict(type='NoSuchModel')", 'NoSuchModel'),
        ("model = dict(backbone=dict(type='ColorBackbone'))", 'type'),
    ],
)
def test_mistakes_of_a_config_are_said(text, said, tmp_path):
    file = tmp_path / 'mine.py'
    file.write_text(text)
    models = Models([at_hand.ModelChoice('mine', file, None, {})])
    with pytest.raises(Refused, match=f'(?s)^mine, as it is: .*({said})'):
        models.get()


def test_licences(tmp_path, desk):
    model = desk.models.get()
    assert model.licence == 'not stated by the model'
    for name in ('config.py', 'model.safetensors'):
        (tmp_path / name).write_bytes(b'')
    choice = at_hand.ModelChoice('x', tmp_path)
    segmentor = model.inferencer.segmentor
    for text, said in (
        ('SPDX-License-Identifier: MIT\n', 'MIT'),
        ('A licence\nof two lines', 'see its file LICENSE'),
    ):
        (tmp_path / 'LICENSE').write_text(text)
        assert licence_of(choice, segmentor) == said
    told = desk.models.describe()[0]
    assert told['seconds'] > 0 and told['licence'] == model.licence
