"""Configs that cannot be read and options that cannot be written end in a sentence."""

from argparse import ArgumentParser

import pytest

from fss_mm.utils.config_options import load_config, read_config
from fss_mm_cli.options import add_config_arguments
from tests.conftest import ROOT

CONFIG = str(ROOT / 'configs/shapes/simprop_fold0.py')


def arguments(*command):
    parser = ArgumentParser()
    parser.add_argument('config')
    add_config_arguments(parser)
    return parser.parse_args(map(str, command))


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('x = (\n', r"SyntaxError: '\(' was never closed"),
        ('x = y\n', "NameError: name 'y' is not defined"),
        ("_base_ = 'nope.py'\n", 'FileNotFoundError: .*nope.py'),
        ('_base_ = None\n', '_base_ has to be the name of a file, or a list'),
        ('_base_ = [None]\n', '_base_ has to be the name of a file, or a list'),
        ("_base_ = './config.py'\n", '_base_ leads back to itself'),
        ("x = 'Schl\udcfcssel'\n", 'it is no text in UTF-8'),
        ('import sys\nsys.exit(0)\n', 'SystemExit: 0'),
        (
            "custom_imports = dict(imports=['no_module_of_this_name'])\n",
            "No module named 'no_module_of_this_name'",
        ),
    ],
)
def test_a_config_that_cannot_be_read(tmp_path, text, message):
    path = tmp_path / 'config.py'
    path.write_bytes(text.encode('utf-8', 'surrogateescape'))
    with pytest.raises(ValueError, match=message) as error:
        read_config(path)
    assert str(error.value).startswith(f'config {str(path)!r} cannot be read: ')
    assert len(str(error.value).splitlines()) == 1
    with pytest.raises(FileNotFoundError, match="none.py' does not exist"):
        read_config(tmp_path / 'none.py')


@pytest.mark.parametrize(
    ('option', 'message'),
    [
        ('param_scheduler.7.end=3', 'param_scheduler is a list: expected a number'),
        ('param_scheduler.x.end=3', 'expected a number from 0 to 1 behind it'),
        ('log_level.x=3', "log_level is 'INFO', which has no keys"),
        ('load_from.x=3', 'load_from is None, which has no keys'),
        ('train_dataloader.dataset.fold.x=3', 'dataset.fold is 0, which has no keys'),
    ],
)
def test_a_place_that_cannot_be(option, message):
    with pytest.raises(ValueError, match=message) as error:
        load_config(arguments(CONFIG, '--cfg-options', option))
    assert str(error.value).startswith(f'--cfg-options {option}: ')


def test_options_need_a_value(capsys):
    with pytest.raises(SystemExit):
        arguments(CONFIG, '--cfg-options', 'a=1', 'b')
    assert '--cfg-options b: expected KEY=VALUE' in capsys.readouterr().err


def test_options_with_odd_brackets(capsys):
    with pytest.raises(SystemExit) as end:
        arguments(CONFIG, '--cfg-options', 'a=[1,(2]')
    assert end.value.code == 2
    assert '--cfg-options a=[1,(2]: Imbalanced brackets' in capsys.readouterr().err


def test_options_given_twice_add_up():
    args = arguments(
        CONFIG, '--cfg-options', 'randomness.seed=3', '--fold', 1,
        '--cfg-options', 'param_scheduler.0.end=7', 'train_cfg.max_iters=9',
    )  # fmt: skip
    cfg = load_config(args)
    assert (cfg.randomness.seed, cfg.param_scheduler[0]['end']) == (3, 7)
    assert cfg.train_cfg.max_iters == 9 and cfg.train_dataloader.dataset.fold == 1
