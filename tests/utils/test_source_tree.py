"""A folder ``configs`` beside an installed package is another package's."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fss_mm.utils.source_tree
from fss_mm.conversion.check_options import CheckOptions
from fss_mm.conversion.folder_config import config_snippet
from fss_mm.protocols import load_protocol, protocol_names
from fss_mm.utils import config_files
from fss_mm.utils.config_files import config_names, find_config
from fss_mm.utils.config_options import read_config
from fss_mm.utils.source_tree import source_tree
from tests.conftest import ROOT


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The package in a site-packages, beside another one's configs."""
    foreign = tmp_path / 'configs' / '_base_' / 'protocols'
    foreign.mkdir(parents=True)
    (foreign / 'theirs.py').write_text('protocol = 1')
    (foreign.parent / 'default_runtime.py').write_text('')
    module = tmp_path / 'fss_mm' / 'utils' / 'source_tree.py'
    monkeypatch.setattr(fss_mm.utils.source_tree, '__file__', str(module))
    own = tmp_path / 'fss_mm' / '.mim' / 'configs'  # an editable install has links
    monkeypatch.setattr(config_files, '_INSTALLED', own)
    return tmp_path


def test_the_source_tree():
    assert source_tree() == ROOT


def test_foreign_configs_are_not_read(installed):
    assert source_tree() is None
    for look in (protocol_names, config_names, lambda: find_config('simprop/fold0')):
        with pytest.raises(FileNotFoundError, match='configs; install fss_mm again'):
            look()


def test_a_config_to_paste_names_no_file_that_is_not_there(installed):
    with pytest.raises(FileNotFoundError, match='configs; install fss_mm again'):
        config_snippet(CheckOptions(Path('data/birds')), ('owl', 'wren'))


@pytest.fixture(scope='module')
def built(tmp_path_factory):
    """The package as setuptools lays a wheel out."""
    folder = tmp_path_factory.mktemp('build')
    tree, lib = folder / 'tree', folder / 'lib'
    for name in ('fss_mm', 'configs'):
        ignored = shutil.ignore_patterns('__pycache__', '.mim')
        shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    for name in ('setup.py', 'README.md', 'pyproject.toml', 'model-index.yml'):
        shutil.copy(ROOT / name, tree / name)
    command = [sys.executable, 'setup.py', '-q', 'build', '--build-lib', lib]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return lib / 'fss_mm'


def test_a_wheel_has_all_configs_and_the_model_index(built, installed, monkeypatch):
    own = built / '.mim' / 'configs'
    files = (path for path in (ROOT / 'configs').rglob('*') if path.is_file())
    there = {
        str(path.relative_to(ROOT / 'configs'))
        for path in files
        if '__pycache__' not in path.parts
    }
    copied = (path for path in own.rglob('*') if path.is_file())
    assert {str(path.relative_to(own)) for path in copied} == there
    assert (built / '.mim' / 'model-index.yml').is_file()
    assert (built / 'py.typed').is_file()
    monkeypatch.setattr(config_files, '_INSTALLED', own)
    assert 'hsnet' in protocol_names() and 'theirs' not in protocol_names()
    assert load_protocol('bam', 'FewShotPascalDataset').num_episodes == 1000
    assert read_config('simprop/fold0').model.decode_head.type == 'SimPropHead'
    snippet = config_snippet(CheckOptions(Path('data/birds')), ('owl', 'wren'))
    assert str(own / 'simprop' / 'folder.py') in snippet
