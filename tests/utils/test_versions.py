import os
import subprocess
import sys
from pathlib import Path

import pytest

from fss_mm.utils import versions

TOOLS = Path(__file__).parents[2] / 'tools'

GOOD = {
    'torch': '2.12.1',
    'torchvision': '0.27.1',
    'onedl-mmengine': '0.10.12',
    'onedl-mmcv': '2.3.6',
    'onedl-mmsegmentation': '1.4.2',
}
ORIGINALS = {
    'torch': '2.4.0',
    'torchvision': '0.19.0',
    'mmengine': '0.10.7',
    'mmcv': '2.1.0',
    'mmsegmentation': '1.2.2',
}


@pytest.fixture
def installed(monkeypatch):
    def pretend(distributions):
        monkeypatch.setattr(versions, 'installed', distributions.get)
        monkeypatch.setattr(versions, 'find_spec', lambda module: None)

    return pretend


@pytest.mark.parametrize('distributions', [GOOD, ORIGINALS])
def test_both_lines_will_do(installed, distributions):
    installed(distributions)
    versions.check_requirements()


def test_what_is_missing_and_the_line_that_mends_it(installed):
    installed({k: v for k, v in GOOD.items() if k != 'onedl-mmcv'} | {'torch': '2.1.0'})
    with pytest.raises(ImportError) as error:
        versions.check_requirements()
    text = str(error.value)
    assert 'torch: torch 2.1.0 is installed, needed is torch>=2.4' in text
    assert 'mmcv: not installed, needed is onedl-mmcv>=2.3.6 or mmcv>=2.1.0' in text
    assert text.endswith('pip install "torch>=2.4" "onedl-mmcv>=2.3.6"')


def test_the_line_stays_with_the_distributions_that_are_there(installed):
    installed({k: v for k, v in ORIGINALS.items() if k != 'mmcv'})
    with pytest.raises(ImportError, match='pip install "mmcv>=2.1.0,<2.2.0"'):
        versions.check_requirements()


def fails_to_import(program: Path, folder: Path, *arguments: str):
    """Run a program where the mmengine that is found first is too old."""
    known = folder / 'onedl_mmengine-0.1.dist-info'
    known.mkdir()
    (known / 'METADATA').write_text('Name: onedl-mmengine\nVersion: 0.1\n')
    path = os.pathsep.join([str(TOOLS.parent), str(folder)])
    return subprocess.run(
        [sys.executable, program, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, 'PYTHONPATH': path},
    )


def test_a_tool_ends_in_a_line(tmp_path):
    done = fails_to_import(TOOLS / 'train.py', tmp_path, 'no.py')
    assert done.returncode == 2 and done.stdout == ''
    (line,) = done.stderr.splitlines()
    assert line.startswith('error: fss_mm cannot run with what is installed: mmengine')


def test_a_program_of_others_gets_the_error(tmp_path):
    (tmp_path / 'own.py').write_text('import fss_mm')
    done = fails_to_import(tmp_path / 'own.py', tmp_path)
    assert done.returncode == 1 and 'ImportError: fss_mm cannot run' in done.stderr
