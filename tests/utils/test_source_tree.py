"""A folder ``configs`` beside an installed package is another package's."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fss_mm.utils.source_tree
from fss_mm.conversion.check_options import CheckOptions
from fss_mm.conversion.folder_config import config_snippet
from fss_mm.protocols import protocol, protocol_names
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
    return tmp_path


def test_the_source_tree():
    assert source_tree() == ROOT


def test_foreign_protocols_are_not_read(installed, monkeypatch):
    assert source_tree() is None
    with pytest.raises(FileNotFoundError, match='fragments; install fss_mm again'):
        protocol_names()
    own = ROOT / 'configs' / '_base_' / 'protocols'
    monkeypatch.setattr(protocol, '_INSTALLED', own)
    assert 'hsnet' in protocol_names() and 'theirs' not in protocol_names()


def test_a_config_to_paste_names_no_file_that_is_not_there(installed):
    with pytest.raises(FileNotFoundError, match='run the check from a clone'):
        config_snippet(CheckOptions(Path('data/birds')), ('owl', 'wren'))


def test_a_wheel_has_the_protocols(tmp_path):
    """As setuptools lays the package out."""
    tree = tmp_path / 'tree'
    for name in ('fss_mm', 'configs'):
        shutil.copytree(ROOT / name, tree / name)
    for name in ('setup.py', 'README.md', 'pyproject.toml'):
        shutil.copy(ROOT / name, tree / name)
    command = [
        sys.executable,
        'setup.py',
        '-q',
        'build',
        '--build-lib',
        tmp_path / 'lib',
    ]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    built = tmp_path / 'lib' / 'fss_mm' / 'protocols' / 'fragments'
    assert sorted(path.stem for path in built.glob('*.py')) == protocol_names()
