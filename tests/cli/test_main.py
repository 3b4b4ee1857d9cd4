"""fss-mm itself: its commands are found by name, at once, and mistakes are a line."""

import re
import subprocess
import sys

import pytest

from fss_mm.datasets.checks import NOVEL_IMAGES
from fss_mm.index.instance_source import CROWDS
from fss_mm.index.mask_reading import FOREGROUNDS
from fss_mm.models.refiners import NAMED
from fss_mm.version import __version__
from fss_mm_cli import benchmark, options
from fss_mm_cli.analyze import ANALYSES
from fss_mm_cli.benchmarking.configs import OWN
from fss_mm_cli.benchmarking.machine import DTYPES
from fss_mm_cli.benchmarking.modes import MEASURE
from fss_mm_cli.convert import CONVERTERS, folder
from fss_mm_cli.main import COMMANDS, command_parser, load
from tests.conftest import ROOT

WORDS = [
    [],
    *([name] for name in COMMANDS),
    *(['convert', name] for name in CONVERTERS),
    *(['analyze', name] for name in ANALYSES),
]
ALL_HELP = f"""
import contextlib, io, sys
from fss_mm_cli.main import main
for words in {WORDS}:
    sys.argv, text = ['fss-mm', *words, '--help'], io.StringIO()
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(text):
        main()
    print(len(text.getvalue()) > 300, end=' ')
print(sorted({{'torch', 'mmengine', 'numpy', 'fss_mm'}} & set(sys.modules)))
"""


def test_help_imports_nothing_heavy():
    """Of fss-mm and of each command, one behind the other in one process."""
    done = subprocess.run(
        [sys.executable, '-c', ALL_HELP], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout == 'True ' * len(WORDS) + '[]\n', done.stderr


def test_it_is_a_module_and_tells_its_version():
    done = subprocess.run(
        [sys.executable, '-m', 'fss_mm_cli', '--version'],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, f'fss_mm {__version__}\n')


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['trian', 'x.py'], "did you mean 'train'?"),
        (['convert', 'voc_sbd'], "did you mean 'voc-sbd'?"),
        (
            ['train', 'x.py', '--fould', 1],
            'unknown option --fould; did you mean --fold?',
        ),
        (['test', 'x.py', '--precision', 'float61'], "did you mean 'float16'?"),
        (['test', 'x.py', '--seeds', 'a'], "invalid int value: 'a'"),
        (['train'], 'the following arguments are required: config'),
        ([], 'the following arguments are required: COMMAND'),
        (['train', 'none.py'], "config 'none.py' does not exist"),
    ],
)
def test_a_mistake_is_one_line(call, words, message):
    code, said, errors = call(*words)
    assert code == 2 and said == '' and len(errors.splitlines()) == 1
    assert errors.startswith('error: ') and message in errors


@pytest.mark.parametrize('name', COMMANDS)
def test_each_command_shows_examples(call, name):
    code, text, _ = call(name, '--help')
    assert code == 0 and re.search(f'^fss-mm {name}\\b', text, re.MULTILINE)
    assert '\n  --debug ' in text


def test_only_the_command_that_is_called_is_read(monkeypatch):
    """A command whose module is broken breaks no other one."""
    monkeypatch.setitem(COMMANDS, 'no-module', 'of this name')
    parser = command_parser(['compare'])
    args = parser.parse_args(['compare', 'a.json', 'b.json'])
    assert args.reports == ['a.json', 'b.json']
    with pytest.raises(ModuleNotFoundError):
        load('no-module')


def test_an_import_that_fails_is_one_line(call, monkeypatch):
    """As where torch is missing: nothing of fss_mm can be asked then."""
    monkeypatch.setitem(sys.modules, 'fss_mm.apis', None)
    monkeypatch.delitem(sys.modules, 'fss_mm.utils.distributed')
    code, _, errors = call('train', 'x.py')
    assert code == 2 and len(errors.splitlines()) == 1 and 'fss_mm.apis' in errors


@pytest.mark.parametrize('name', CONVERTERS)
def test_each_converter_shows_examples(call, name):
    code, text, _ = call('convert', name, '--help')
    assert code == 0 and f'\nfss-mm convert {name} ' in text


@pytest.mark.parametrize('name', ANALYSES)
def test_each_analysis_shows_examples(call, name):
    code, text, _ = call('analyze', name, '--help')
    assert code == 0 and f'\nfss-mm analyze {name} ' in text


def test_choices_are_those_of_what_they_are_for():
    """They are written twice: a parser imports nothing of the package."""
    assert folder.CROWDS == CROWDS and folder.FOREGROUNDS == FOREGROUNDS
    assert folder.NOVEL_IMAGES == NOVEL_IMAGES
    assert benchmark.MODES == tuple(OWN) == tuple(MEASURE)
    assert options.REFINERS == tuple(NAMED)
    assert benchmark.PRECISIONS == tuple(DTYPES)
