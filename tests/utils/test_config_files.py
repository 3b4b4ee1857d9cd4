"""Configs are found by path, or by name from any folder."""

import pytest
from mmengine.config import Config

from fss_mm.utils.config_files import config_names, find_config
from fss_mm.utils.config_options import read_config
from tests.conftest import ROOT

OWN = ROOT / 'configs' / 'simprop' / 'fold0.py'
SPELLINGS = [
    'simprop/fold0',
    'simprop/fold0.py',
    'configs/simprop/fold0',
    'configs/simprop/fold0.py',
    './simprop/fold0',
    'simprop\\fold0',
    str(OWN),
]


@pytest.mark.parametrize('name', SPELLINGS)
def test_a_config_by_name_from_any_folder(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_config(name).resolve() == OWN


def test_a_file_that_is_there_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'simprop').mkdir()
    (tmp_path / 'simprop' / 'fold0.py').write_text('x = 1\n')
    assert read_config('simprop/fold0.py').x == 1
    assert find_config('simprop/fold0') == OWN  # no file has that name


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('simprp/fold0', "did you mean 'simprop/fold0'"),
        ('configs/simprop/fold9.py', "did you mean 'simprop/fold"),
        ('mine/fold0', "did you mean .*/fold0'"),
        ('qqqqqqqq', 'no config of fss_mm in .*canet, .*simprop, .* has that name'),
        ('../configs/simprop/fold0.py', 'does not exist'),
        (str(ROOT / 'simprop' / 'fold0.py'), 'does not exist'),
        (str(ROOT / 'configs' / 'simprop'), 'is no model folder: expected config.py'),
    ],
)
def test_the_nearest_names_are_offered(name, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=message) as error:
        find_config(name)
    assert name in str(error.value) and '\n' not in str(error.value)


def test_weights_in_the_place_of_a_config(tmp_path):
    weights = tmp_path / 'iter_10.pth'
    weights.write_bytes(b'')
    for place, error in ((weights, ValueError), (tmp_path, FileNotFoundError)):
        with pytest.raises(error, match='name a config first, and weights or their'):
            find_config(place)


def test_names_are_of_experiments_alone():
    names = config_names()
    assert {'simprop/fold0', 'prototype/folder', 'shapes/simprop_fold0'} <= {*names}
    assert not [name for name in names if '_base_' in name or '.' in name]


def test_mmengine_takes_our_name_in_bases(tmp_path, monkeypatch):
    """Of an installed package, whose configs lie in .mim."""
    installed = tmp_path / 'fss_mm' / '.mim'
    installed.mkdir(parents=True)
    (installed / 'model-index.yml').write_text('Import: []\n')
    (installed / 'configs').symlink_to(ROOT / 'configs')
    place = str(tmp_path / 'fss_mm')
    monkeypatch.setattr('mmengine.config.config.get_installed_path', lambda _: place)
    monkeypatch.setattr('mmengine.config.config.is_installed', lambda _: True)
    mine = tmp_path / 'mine.py'
    mine.write_text("_base_ = ['fss_mm::simprop/fold0.py']\nmodel = dict(a=1)\n")
    cfg = Config.fromfile(mine)
    assert (cfg.model.decode_head.type, cfg.model.a) == ('SimPropHead', 1)
