"""The rooms of the package import one another in one direction."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

# from the lowest to the highest; rooms of one line do not know each other
FLOORS = (
    ('registry', 'version'),
    ('utils',),
    ('structures',),
    ('index', 'models', 'evaluation', 'visualization'),
    ('episodes',),
    ('datasets',),
    ('protocols', 'engine', 'testing'),
    ('publishing',),
    ('inference',),
    ('apis', 'conversion', 'export'),
    ('analysis', 'apps'),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def rooms_imported(source: str, file: Path) -> Iterator[str]:
    """Rooms that a file of the package imports from, at its top or in a function."""
    package = file.with_suffix('').parts[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name.split('.') for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = [*above, *(node.module or '').split('.')]
            names = [[*filter(None, module), alias.name] for alias in node.names]
        else:
            continue
        yield from (name[1] for name in names if name[0] == 'fss_mm' and name[1:])


def packages_imported(source: str) -> Iterator[str]:
    """Other packages that a file imports from, at its top or in a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition('.')[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or '').partition('.')[0]


def wrong_imports(source: str, file: Path) -> list[str]:
    """Each import of a room that is not below the file's own."""
    own = file.parts[1].removesuffix('.py')
    return [
        f'{file}: {own} imports {room}'
        for room in rooms_imported(source, file)
        if room != own and FLOOR_OF[room] >= FLOOR_OF[own]
    ]


def test_no_room_imports_one_beside_or_above_it():
    files = [path.relative_to(ROOT) for path in (ROOT / 'fss_mm').rglob('*.py')]
    files.remove(Path('fss_mm/__init__.py'))
    assert {file.parts[1].removesuffix('.py') for file in files} == set(FLOOR_OF)
    assert [line for file in files for line in wrong_imports(_read(file), file)] == []


def test_the_package_knows_nothing_of_its_command_lines():
    """fss_mm_cli imports fss_mm, when a command runs, and never the other way."""
    files = [path.relative_to(ROOT) for path in (ROOT / 'fss_mm').rglob('*.py')]
    tops = {file: {*packages_imported(_read(file))} for file in files}
    assert [file for file in files if 'fss_mm_cli' in tops[file]] == []
    assert {'mmengine', 'torch'} <= set().union(*tops.values()), 'they are read'
    late = 'def f():\n    from fss_mm_cli.parser import tool_parser'
    assert [*packages_imported(late)] == ['fss_mm_cli']


@pytest.mark.parametrize(
    ('line', 'wrong'),
    [
        ('from ..datasets import FewShotSegDataset', True),
        ('from ..datasets.folds import VOC_CLASSES', True),
        ('from .. import datasets', True),
        ('from fss_mm.apis.runs import train', True),
        ('import fss_mm.conversion.coco', True),
        ('def late():\n    from ..protocols import load_protocol', True),
        ('from ..index.class_index import ClassIndex', False),
        ('from ..utils import files', False),
        ('from .candidates import EpisodeCandidates', False),
        ('from . import draws', False),
        ('import numpy as np', False),
    ],
)
def test_a_planted_import_is_found(line, wrong):
    assert bool(wrong_imports(line, Path('fss_mm/episodes/draws.py'))) == wrong


def _read(file: Path) -> str:
    return (ROOT / file).read_text(encoding='utf-8')
