"""``fss-mm publish``, as the shell calls it."""

import ast
from argparse import ArgumentParser
from pathlib import Path

import pytest

from fss_mm_cli import publish as command


def arguments(*words):
    parser = ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(map(str, words))


def test_nothing_but_argparse_is_imported():
    tree = ast.parse(Path(command.__file__).read_text(encoding='utf-8'))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert [node.module for node in imports] == ['argparse']
    assert not [node for node in tree.body if isinstance(node, ast.Import)]


def test_its_arguments_are_those_of_the_function(monkeypatch, capsys, tmp_path):
    called = []
    monkeypatch.setattr(
        'fss_mm.publishing.publish', lambda *a: called.append(a) or a[1]
    )
    command.run(arguments('work', 'out', '--licence', 'MIT', '--report', 'r.json'))
    assert called == [('work', 'out', 'MIT', None, 'r.json', False)]
    assert capsys.readouterr().out == 'published: out\n'


def test_a_licence_is_asked_for(capsys):
    with pytest.raises(SystemExit):
        arguments('work', 'out')
    assert '--licence' in capsys.readouterr().err
