"""Configs that are read as data: equal to the program's values, and nothing is run."""

import sys

import pytest
from mmengine.config import Config

from fss_mm.registry import MODELS
from fss_mm.utils.config_files import config_names, find_config
from fss_mm.utils.plain_config import parse_plain, plain_text, read_plain_config

# those of VOC-8 name modules to import
OF_LITERALS = [name for name in config_names() if not name.startswith('voc8/')]


@pytest.mark.parametrize('name', OF_LITERALS)
def test_each_config_of_ours_is_the_same_as_data(name, tmp_path):
    cfg = Config.fromfile(find_config(name))
    path = tmp_path / 'config.py'
    path.write_text(plain_text(cfg.to_dict()))
    assert read_plain_config(path).to_dict() == cfg.to_dict()  # tuples are tuples


def test_what_is_written_is_read_by_mmengine_and_as_data(tmp_path):
    values = dict(
        a=(1,), b=[dict(c=None), {1: 'x', 'y z': {2}}], d=-1.5, e='"\'\n{', f=1e-30,
        g=True, h={},
    )  # fmt: skip
    path = tmp_path / 'config.py'
    path.write_text(plain_text(values))
    assert Config.fromfile(path).to_dict() == values == parse_plain(path.read_text())


def test_what_is_no_data_is_not_written():
    with pytest.raises(ValueError, match=r"no plain data in \['f', 'k'\]"):
        plain_text(dict(a=1, f=dict(g=print), k=float('nan')))


PROGRAMS = [
    'import os\n',
    "x = __import__('os').system('touch {trace}')\n",
    "x = dict(a=[__import__('os').system('touch {trace}')])\n",
    "_base_ = ['evil.py']\n",
    'x = dict(**dict)\n',
    'x = 1 if True else 2\n',
    "x = f'{{1}}'\n",
    'x.y = 1\n',
    'x, y = 1, 2\n',
    'def x(): pass\n',
    'x = {{[1]: 2}}\n',
    'x = ' + '[' * 3000 + '\n',
    'x = \0\n',
    'x = (\n',
    "filename = 'a'\n",
    "model = dict(type='os.system', command='touch {trace}')\n",
    "model = dict(type='mmengine.load', file='x.pkl')\n",
    "model = dict(type='planted')\n",
    "a = [dict(b=(dict(type='planted.run'),))]\n",
    "optim_wrapper = dict(constructor='planted.run')\n",
    "sampler = dict(draw='planted.run')\n",
    "runner_type = 'planted'\n",
    "default_scope = 'planted'\n",
    "model = dict(type='ResNet', _scope_='planted')\n",
    "custom_imports = dict(imports=['planted'])\n",
    "work_dir = '/home/ada'\n",
    "hooks = [dict(type='LoggerHook', out_dir='~/mail', keep_local=False)]\n",
    "data = dict(root='data/../../other')\n",
    "data = dict(files=[('a.png', '/etc/passwd')])\n",
]


@pytest.mark.parametrize('text', PROGRAMS)
def test_a_program_is_refused_and_not_run(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    trace = tmp_path / 'trace'
    plant = f'open({str(trace)!r}, "w").close()\n'
    for name in ('evil.py', 'planted.py'):
        (tmp_path / name).write_text(plant)
    path = tmp_path / 'config.py'
    path.write_text(text.format(trace=trace))
    with pytest.raises(ValueError, match="config.py' is not read: ") as error:
        read_plain_config(path)
    assert '\n' not in str(error.value)
    assert not trace.exists() and 'planted' not in sys.modules


def test_a_module_of_the_name_of_a_type_is_not_imported(tmp_path, monkeypatch):
    """As mmengine does where the registry that it asks lacks a name of another one."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / 'LeakCheckHook.py').write_text('raise SystemExit("was run")\n')
    path = tmp_path / 'config.py'
    path.write_text("model = dict(type='LeakCheckHook')\n")
    with pytest.raises(ValueError, match='none of the registered types'):
        read_plain_config(path)


def test_who_is_trusted_may_import(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / 'own_head_xyz.py').write_text('LOADED = True\n')
    path = tmp_path / 'config.py'
    path.write_text("custom_imports = dict(imports=['own_head_xyz'])\n")
    with pytest.raises(ValueError, match='it imports modules: .*own_head_xyz.*--trust'):
        read_plain_config(path)
    assert 'own_head_xyz' not in sys.modules
    read_plain_config(path, trust=True)
    assert sys.modules.pop('own_head_xyz').LOADED
    path.write_text("custom_imports = dict(imports=['no_such_xyz'])\n")
    with pytest.raises(ValueError, match='custom_imports: .*no_such_xyz'):
        read_plain_config(path, trust=True)


def test_registered_types_of_all_scopes_pass(tmp_path):
    path = tmp_path / 'config.py'
    path.write_text(
        "model = dict(type='mmseg.ResNet', depth=18)\nhead = dict(type='CANetHead')\n"
    )
    assert MODELS.build(read_plain_config(path).model).depth == 18


@pytest.mark.parametrize('key', ['[1]', '([1],)', '{2: 3}', 'dict(a=1)'])
def test_a_key_that_is_none(key):
    with pytest.raises(
        ValueError, match='line 2 has .* as the key of a dict, expected'
    ):
        parse_plain(f'a = 1\nx = {{{key}: 2}}')
