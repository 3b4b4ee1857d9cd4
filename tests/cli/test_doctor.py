"""The doctor: what is there, what is missing, and the line that gets it."""

import importlib.metadata
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import torch

from fss_mm_cli.checkup import versions, weights
from fss_mm_cli.checkup.data import DATA_SETS
from fss_mm_cli.checkup.finding import ABSENT, NEEDED, OK, Finding, guarded
from tests.conftest import ROOT
from tests.utils.test_versions import GOOD, ORIGINALS

CONFIGS = [path.read_text() for path in (ROOT / 'configs').rglob('*.py')]


@pytest.fixture
def installed(monkeypatch):
    """Pretend that only some distributions are there."""

    def pretend(distributions):
        def version(name):
            if name in distributions:
                return distributions[name]
            raise PackageNotFoundError(name)

        monkeypatch.setattr(importlib.metadata, 'version', version)
        monkeypatch.setattr(versions, 'version', version)
        monkeypatch.setattr('importlib.util.find_spec', lambda name: _SPECS.get(name))

    return pretend


_SPECS = {'fss_mm': importlib.util.find_spec('fss_mm')}


def lines_of(findings, state):
    return [f'{f.text} -> {f.remedy}' for f in findings if f.state == state]


def test_here_it_can_be_used(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    code, text, errors = call('doctor')
    assert (code, errors) == (0, '') and text.endswith('fss_mm can be used\n')
    assert f'ok       torch {torch.__version__.partition("+")[0]}' in text
    assert 'ok       CPU: ' in text and 'NEEDED' not in text
    assert '-> fss-mm convert voc-sbd data\n' in text
    assert f'{tmp_path}/hub/checkpoints/resnet50-0676ba61.pth https://' in text


def test_a_bare_python_is_told_what_it_lacks():
    """No torch, no packaging, nothing: a process without site-packages."""
    done = subprocess.run(
        [sys.executable, '-S', '-m', 'fss_mm_cli', 'doctor'],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1 and done.stderr == '', done.stderr
    assert '-> pip install packaging\n' in done.stdout
    assert done.stdout.count('NEEDED   ') == 1, 'one cause is said once'
    assert done.stdout.endswith('cannot be used: 1 NEEDED above\n')


@pytest.mark.parametrize(
    ('line', 'name'), [(GOOD, 'the onedl line'), (ORIGINALS, "OpenMMLab's line")]
)
def test_either_line_of_the_modules(installed, line, name):
    installed(line)
    found = list(versions.check_versions())
    assert {finding.state for finding in found} == {OK}
    assert found[-1].text == f'the MM modules are all of {name}'


def test_two_lines_in_one_environment(installed):
    installed(GOOD | {'mmengine': '0.10.7'})
    (line,) = lines_of(versions.check_versions(), NEEDED)
    assert line.startswith('mmengine beside onedl-mmengine onedl-mmcv onedl-mmseg')
    assert '-> pip uninstall -y mmengine && pip install --force-reinstall' in line


def test_what_is_missing_or_too_old(installed):
    installed({k: v for k, v in GOOD.items() if k != 'onedl-mmcv'} | {'torch': '2.1.0'})
    torch_line, mmcv_line = lines_of(versions.check_versions(), NEEDED)
    assert torch_line.startswith('torch: torch 2.1.0 is installed, needed is')
    assert torch_line.endswith('-> pip install "torch>=2.4"')
    assert mmcv_line.endswith('-> pip install "onedl-mmcv>=2.3.6"')


def test_requirements_and_extras_are_those_of_the_package(installed, monkeypatch):
    lines = ['torch>=2.4', 'pillow>=10', 'opencv-python', 'rich',
             'pycocotools; extra == "data"', 'scipy<9; extra == "data"',
             'onnx; extra == "export"', 'ruff; extra == "dev"']  # fmt: skip
    monkeypatch.setattr(versions, 'requires', lambda name: lines)
    installed({'torch': '2.5', 'pillow': '9.1', 'opencv-python-headless': '4.9',
               'scipy': '9.1', 'pycocotools': '2.0', 'onnx': '1.0'})  # fmt: skip
    needed = lines_of(versions.check_library(), NEEDED)
    assert needed == [
        'pillow 9.1 is installed, needed is pillow>=10 -> pip install "pillow>=10"',
        'rich is not installed -> pip install "rich"',
    ]
    found = list(versions.check_extras())
    assert lines_of(found, OK) == ['extra export: onnx -> ']
    assert lines_of(found, ABSENT) == [
        'extra data: scipy 9.1 is installed, needed is scipy<9 -> '
        "pip install 'fss_mm[data]'"
    ]


@pytest.mark.parametrize(
    'error', [OSError('libcudart.so.12: no such file'), KeyError()]
)
def test_whatever_a_broken_installation_raises(error):
    def check():
        yield Finding(OK, 'first')
        raise error

    first, second = guarded(check, needed=True)
    assert first.state == OK and second.state == NEEDED
    assert len(str(second).splitlines()) == 1
    assert [f.state for f in guarded(check, needed=False)] == [OK, ABSENT]


def test_data_sets_are_looked_for_where_the_configs_do(tmp_path, monkeypatch):
    roots = {r for text in CONFIGS for r in re.findall(r"data_root='(.*?)'", text)}
    assert roots == {data.root for data in DATA_SETS}
    monkeypatch.chdir(tmp_path)
    coco = next(data for data in DATA_SETS if data.root == 'data/coco')
    for part in coco.parts[:3]:
        (tmp_path / coco.root / part).mkdir(parents=True)
    (tmp_path / coco.root / 'train2014/1.jpg').touch()
    from fss_mm_cli.checkup.data import check_data

    (line,) = (x for x in lines_of(check_data(), ABSENT) if 'COCO' in x)
    assert line.startswith('COCO-20^i: no masks/val2014 in data/coco -> fss-mm')
    (tmp_path / coco.root / coco.parts[3]).mkdir()
    assert lines_of(check_data(), OK)[1].startswith('COCO-20^i: 1 entries of train2014')


def test_weights_are_those_of_the_configs(tmp_path, monkeypatch):
    text = '\n'.join(text for text in CONFIGS if 'weights=None' not in text)
    assert {*re.findall(r"backbone=dict\(\s*(?:type='\w+', )?name='(\w+)'", text)} == {
        *weights.NETWORKS
    }
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    file = Path(torch.hub.get_dir()) / 'checkpoints/vgg16-397923af.pth'
    file.parent.mkdir(parents=True)
    file.write_bytes(bytes(2**20))
    found = {f.text.partition(':')[0]: f for f in weights.check_weights()}
    assert found['vgg16'].state == OK and found['vgg16'].text.endswith('(1 MiB)')
    assert found['resnet50'].state == ABSENT


def test_weights_of_timm_are_those_of_the_configs(tmp_path, monkeypatch):
    pytest.importorskip('timm')
    text = '\n'.join(CONFIGS)
    named = re.findall(r"\bname='(\w+\.\w+)'", text)  # architecture.weights
    assert sorted({*named}) == sorted(weights.OF_TIMM)
    file = tmp_path / 'model.safetensors'
    file.write_bytes(bytes(2**20))
    kept = {'timm/resnet50.tv_in1k': str(file)}
    monkeypatch.setattr(
        'huggingface_hub.try_to_load_from_cache', lambda repo, name: kept.get(repo)
    )
    found = {f.text.partition(':')[0]: f for f in weights.check_weights()}
    assert found['resnet50.tv_in1k'].text.endswith('(1 MiB)')
    other = found['vit_small_patch14_dinov2.lvd142m']
    assert other.state == ABSENT and 'model.backbone.weights=' in other.text
    assert 'model.backbone.backbone.weights' in other.text  # of training_free
    assert other.remedy.startswith('hf download timm/vit_small_patch14_dinov2.lvd142m')


def test_the_oldest_python_is_that_of_the_package():
    text = (ROOT / 'setup.py').read_text()
    assert f"python_requires='>={'.'.join(map(str, versions.PYTHON))}'" in text
