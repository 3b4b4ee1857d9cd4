"""What makes a model folder malformed.

Each kind changes a folder and returns whether it can be opened then; None for either.
"""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from fss_mm.utils.model_folder import CONFIG, WEIGHTS

from .checkpoint_damage import DAMAGE
from .config_files import JUNK
from .kinds import Kind

_MODEL = "'type': 'SimPropHead'"
_RUNS = (  # what would make a file if the config were run
    "import os; os.system('touch {trace}')",
    "x = __import__('os').system('touch {trace}')",
    "x = [open('{trace}', 'w') for _ in (1,)]",
    "x = dict(a=open('{trace}', 'w'))",
    "x = {{**dict(a=open('{trace}', 'w'))}}",
    'x = f\'{{open("{trace}", "w")}}\'',
    "x = (lambda: open('{trace}', 'w'))()",
    "@open('{trace}', 'w').write\ndef x(): pass",
    "class x(type(open('{trace}', 'w'))): pass",
    "def x(y=open('{trace}', 'w')): pass",
    "x: open('{trace}', 'w') = 3",
    "x = y = open('{trace}', 'w')",
    "x = '%s' % open('{trace}', 'w')",
    "model['x'] = open('{trace}', 'w')",
    "_base_ = './planted.py'",
    "_base_ = ['fss_mm::simprop/fold0.py']",
)
_NAMES = (  # types that no registry has
    'os.system', 'builtins.eval', 'subprocess.Popen', 'torch.load', 'planted.Head',
    'fss_mm.models.SimPropHead', 'posix.system', 'mmengine.fileio.dump', '', 'exec',
)  # fmt: skip
_PLACES = ('/etc/passwd', '../weights.pth', '~/x', '/dev/zero')


def _planted(out: Path, case: dict) -> bool:
    """A line that is more than data, anywhere."""
    trace = out.parent / 'planted'
    (out / 'planted.py').write_text(f"open('{trace}', 'w')\n")
    _insert(out / CONFIG, case['line'], case['text'].format(trace=trace))
    return False


def _junk(out: Path, case: dict) -> None:
    _insert(out / CONFIG, case['line'], case['text'])


def _insert(path: Path, at: int, text: str) -> None:
    lines = path.read_text().split('\n')
    starts = [i for i, line in enumerate(lines) if line[:1].isalpha()]
    lines.insert(starts[at % len(starts)], text)
    path.write_text('\n'.join(lines))


def _dangerous(out: Path, case: dict) -> bool:
    """A type that is none, modules, a foreign scope, or a place of the machine."""
    text = (out / CONFIG).read_text()
    what, name = case['what'], case['name']
    if what == 'type':
        text = text.replace(_MODEL, f"'type': {name!r}")
    elif what == 'scope':
        text = text.replace(_MODEL, f"{_MODEL}, '_scope_': {name or 'os'!r}")
    elif what == 'modules':
        text += f'custom_imports = dict(imports=[{name or "planted"!r}])\n'
    else:
        text = text.replace("'weights': None", f"'weights': {case['place']!r}")
    (out / CONFIG).write_text(text)
    return False


def _damaged(out: Path, case: dict) -> None:
    DAMAGE[case['how']].apply(out / case['file'], case)


def _missing(out: Path, case: dict) -> bool:
    """A file that is not there, or no file."""
    path = out / case['file']
    path.unlink()
    if case['by'] == 'folder':
        path.mkdir()
    elif case['by'] == 'link':
        path.symlink_to('nowhere')
    elif case['by'] == 'loop':
        path.symlink_to(path.name)
    return case['file'] not in (CONFIG, WEIGHTS)


def _deep(out: Path, case: dict) -> None:
    """Values that no reader needs: nested, long, or of odd keys."""
    text = {
        'lists': f'x = {"[" * case["depth"]}{"]" * case["depth"]}',
        'signs': f'x = {"-" * case["depth"]}1',
        'number': f'x = {"9" * case["depth"]}',
        'unhashable': 'x = {[1]: 2}',
        'own key': "x = {'keys': 1, 'items': 2, '__class__': 3}",
        'twice': "model = {'type': 'SimPropHead'}",
        'bytes': "x = b'\\xff'",
        'zero': "x = 'a\\0b'",
        'reserved': 'filename = 3',
    }[case['what']]
    with (out / CONFIG).open('a') as file:
        file.write(f'{text}\n')


_LINE = st.integers(0, 40)
_HOW = ('file cut off', 'bits flipped', 'bytes inserted', 'noise')
SPOILT_FOLDERS = {
    'a line that runs': Kind(
        _planted, dict(line=_LINE, text=st.sampled_from(_RUNS))
    ),
    'a line that is no Python': Kind(
        _junk, dict(line=_LINE, text=st.sampled_from(JUNK))
    ),
    'a name that would run': Kind(
        _dangerous,
        dict(
            what=st.sampled_from(['type', 'scope', 'modules', 'place']),
            name=st.sampled_from(_NAMES),
            place=st.sampled_from(_PLACES),
        ),
    ),
    'odd values': Kind(
        _deep,
        dict(
            what=st.sampled_from(
                ['lists', 'signs', 'number', 'unhashable', 'own key', 'twice', 'bytes',
                 'zero', 'reserved']
            ),
            depth=st.sampled_from([50, 150, 3000, 100_000]),
        ),
    ),
    'a file missing': Kind(
        _missing,
        dict(
            file=st.sampled_from([CONFIG, WEIGHTS, 'README.md', 'LICENSE']),
            by=st.sampled_from(['nothing', 'folder', 'link', 'loop']),
        ),
    ),
    'a damaged file': Kind(
        _damaged,
        DAMAGE['bits flipped'].draws
        | DAMAGE['bytes inserted'].draws
        | DAMAGE['noise'].draws
        | dict(how=st.sampled_from(_HOW), file=st.sampled_from([CONFIG, WEIGHTS])),
    ),
    'another file under its name': Kind(
        _damaged,
        DAMAGE['another file under its name'].draws
        | dict(
            how=st.just('another file under its name'),
            file=st.sampled_from([CONFIG, WEIGHTS]),
        ),
    ),
}  # fmt: skip
