"""Config files that are none, and bases that are not there."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from .config_world import Experiment, config_text
from .kinds import Kind


def _break_syntax(experiment: Experiment, case: dict) -> None:
    """Something in a line that Python does not read."""
    lines = config_text(experiment.values).split('\n')
    place = case['line'] % len(lines)
    lines.insert(place, case['text'])
    text = '\n'.join(lines)
    experiment.text = text.encode()
    experiment.words = [experiment.path.name]


def _cut(experiment: Experiment, case: dict) -> None:
    """Only the first part of the file."""
    text = config_text(experiment.values).encode()
    experiment.text = text[: len(text) * case['percent'] // 100]
    experiment.right = None
    experiment.words = [experiment.path.name, 'config', *experiment.values]


def _no_python(experiment: Experiment, case: dict) -> None:
    what, path = case['what'], experiment.path
    plain = json.loads(json.dumps(experiment.values))
    experiment.words = [path.stem, 'config']
    if what == 'json':
        experiment.path, experiment.right = path.with_suffix('.json'), True
        experiment.text = json.dumps(plain).encode()
    elif what == 'broken json':
        experiment.path = path.with_suffix('.json')
        experiment.text = json.dumps(plain).encode()[:-9]
    elif what == 'list in json':
        experiment.path = path.with_suffix('.json')
        experiment.text = b'[1, 2]'
    elif what == 'yaml':
        experiment.path = path.with_suffix('.yaml')
        experiment.text = b'model: [unclosed'
    elif what == 'json as python':
        experiment.text = json.dumps(plain).encode()
    elif what == 'folder':
        path.mkdir()
    elif what == 'missing':
        experiment.path = path.with_name('nowhere.py')
        experiment.words = ['nowhere']
        experiment.path.parent.mkdir(exist_ok=True)
        experiment.missing = True
    elif what == 'another suffix':
        experiment.path = path.with_suffix(case['suffix'])
        experiment.text = config_text(experiment.values).encode()
    elif what == 'byte order mark':
        experiment.text = b'\xef\xbb\xbf' + config_text(experiment.values).encode()
        experiment.right = None
    else:
        experiment.text = _BYTES[what]


_BYTES = {
    'empty': b'',
    'comment': b'# nothing\n',
    'binary': bytes(range(256)) * 4,
    'zeros': b'\0' * 100,
    'checkpoint': b'PK\x03\x04' + bytes(100),
    'UTF-16': 'model = dict()\n'.encode('utf-16'),
    'latin-1': 'name = "Schlüssel"\n'.encode('latin-1'),
    'page': b'<!DOCTYPE html><html><body>404</body></html>',
    'exit': b'import sys\nsys.exit(0)\n',
    'raise': b'raise RuntimeError\n',
    'imports': b'import no_such_module_here\n',
    'yaml as python': b'model:\n  type: SimPropNet\n',
}
_WHATS = [
    'json', 'broken json', 'list in json', 'yaml', 'json as python', 'folder',
    'missing', 'another suffix', 'byte order mark', *_BYTES,
]  # fmt: skip


def _bases(experiment: Experiment, case: dict) -> None:
    path, what = experiment.path, case['what']
    rest = config_text(experiment.values)
    experiment.words = [path.name, path.stem]
    other = path.with_name('other.py')
    base = {
        'missing': "'./nowhere.py'",
        'missing in a list': "['./other.py', './nowhere.py']",
        'itself': f"'./{path.name}'",
        'a circle': "'./other.py'",
        'number': '3',
        'none': 'None',
        'list of none': '[None]',
        'nested list': "[['./other.py']]",
        'folder': "'./'",
        'empty text': "''",
        'empty list': '[]',
        'empty': "'./other.py'",
        'broken': "'./other.py'",
        'twice': "['./other.py', './other.py']",
        'dict': "dict(a='./other.py')",
        'scope': "'nobody::other.py'",
        'computed': "'./oth' + 'er.py'",
        'web': "'https://localhost:1/other.py'",
    }[what]
    inside = {
        'a circle': f"_base_ = './{path.name}'\n",
        'broken': 'x = (\n',
        'twice': 'y = 1\n',
    }
    other.write_text(inside.get(what, ''))
    experiment.text = f'_base_ = {base}\n{rest}'.encode()
    if what in ('empty list', 'empty', 'missing in a list', 'computed', 'none'):
        experiment.right = None if what != 'empty' else True
        experiment.words += ['nowhere', '_base_']
    experiment.words += ['other']


_BASE_KINDS = [
    'missing', 'missing in a list', 'itself', 'a circle', 'number', 'none',
    'list of none', 'nested list', 'folder', 'empty text', 'empty list', 'empty',
    'broken', 'twice', 'dict', 'scope', 'computed', 'web',
]  # fmt: skip
JUNK = [
    ')', '(', '"""', '= 3', 'def', '\tx = 1', '1a = 3', "'", 'x == ', 'dict(a=1, a=2)',
    'x = dict(a=1 b=2)', 'x = nothing_known', 'x = 1 / 0', 'x = [][1]', 'x = {}["a"]',
    'x = dict(a=1).b', 'from nowhere import x', 'raise ValueError', 'assert False',
    'x = {{ nothing }}', 'model.type = 3',
]  # fmt: skip
FILES = {
    'syntax': Kind(
        _break_syntax, dict(line=st.integers(0, 30), text=st.sampled_from(JUNK))
    ),
    'file cut off': Kind(_cut, dict(percent=st.integers(0, 99))),
    'no Python': Kind(
        _no_python,
        dict(
            what=st.sampled_from(_WHATS),
            suffix=st.sampled_from(['', '.txt', '.PY', '.toml', '.py.bak']),
        ),
    ),
    '_base_': Kind(_bases, dict(what=st.sampled_from(_BASE_KINDS))),
}
