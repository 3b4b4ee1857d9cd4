"""Configs by path, or by name from any folder: ``simprop/fold0``.

They lie in ``configs`` of the source tree; an installed package has them in ``.mim``,
OpenMMLab's place for them, where mmengine finds them as well:
``_base_ = ['fss_mm::simprop/fold0.py']``.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from mmengine.config.utils import MODULE2PACKAGE

from .model_folder import CONFIG, WEIGHTS, is_model_folder
from .source_tree import source_tree

# an installed package has a copy of the source tree's
_INSTALLED = Path(__file__).parents[1] / '.mim' / 'configs'

MODULE2PACKAGE.setdefault('fss_mm', 'fss_mm')  # whose names in `_base_` mmengine takes


def configs_folder() -> Path:
    """The folder of the configs that come with fss_mm.

    Raises:
        FileNotFoundError: If the package is installed without them.
    """
    tree = source_tree()
    folder = _INSTALLED if tree is None else tree / 'configs'
    if not folder.is_dir():
        raise FileNotFoundError(
            f'the configs are not in {folder}; install fss_mm again'
        )
    return folder


def config_names() -> list[str]:
    """Names of the experiments that come with fss_mm, such as 'simprop/fold0'."""
    folder = configs_folder()
    names = (path.relative_to(folder).with_suffix('') for path in folder.rglob('*.py'))
    return sorted(name.as_posix() for name in names if '_base_' not in name.parts)


def fragment_names(part: str) -> list[str]:
    """Names of the fragments in ``configs/_base_/<part>``, such as 'protocols'."""
    return sorted(path.stem for path in fragment(part).glob('*.py'))


def fragment(part: str, name: str | None = None) -> Path:
    """The folder ``configs/_base_/<part>``, or the fragment of a name in it.

    The path of a fragment is that of a file that may not be there.
    """
    folder = configs_folder() / '_base_' / part
    return folder if name is None else folder / f'{name}.py'


_FORMATS = ('.py', '.json', '.yaml', '.yml')  # mmengine's
_ORDER = 'name a config first, and weights or their work folder behind it'


def find_config(name_or_path: str | Path) -> Path:
    """A config by its path, or by its name from any folder.

    A file wins that is there, or a model folder. Else ``simprop/fold0``,
    ``simprop/fold0.py`` and ``configs/simprop/fold0.py`` are the config that comes with
    fss_mm.

    Args:
        name_or_path (str | Path): Of a config, or of a model folder.

    Raises:
        FileNotFoundError: If there is neither, with the nearest names.
        ValueError: If the file is none of a config, such as one of weights.
    """
    path = Path(name_or_path).expanduser()
    if path.is_file():
        if path.suffix not in _FORMATS:
            raise ValueError(
                f'{str(path)!r} is no config ({", ".join(_FORMATS)}); {_ORDER}'
            )
        return path
    if is_model_folder(path):
        return path / CONFIG
    name = _name_of(str(name_or_path))
    if not path.is_absolute() and '..' not in path.parts:
        own = configs_folder() / f'{name}.py'
        if own.is_file():
            return own
    if path.is_dir():
        if any(path.glob('*.pth')):
            raise FileNotFoundError(f'{str(path)!r} is a work folder; {_ORDER}')
        raise FileNotFoundError(
            f'folder {str(path)!r} is no model folder: expected {CONFIG} and {WEIGHTS} '
            'in it; name a config'
        )
    raise FileNotFoundError(
        f'config {str(name_or_path)!r} does not exist{_suggest(name, config_names())}'
    )


def _name_of(text: str) -> str:
    """``simprop/fold0`` of the ways to write it."""
    parts = PurePosixPath(text.replace('\\', '/')).parts
    parts = parts[1:] if parts[:1] == ('configs',) else parts
    return '/'.join(parts).removesuffix('.py')


def _suggest(name: str, known: list[str]) -> str:
    """The nearest names, those of the same file in any folder among them."""
    stem = name.rpartition('/')[2]
    same = [own for own in known if own.rpartition('/')[2] == stem]
    near = list(dict.fromkeys([*get_close_matches(name, known), *same]))
    if near:
        return f'; did you mean {" or ".join(map(repr, near[:5]))}?'
    folders = sorted({own.partition('/')[0] for own in known})
    return f', and no config of fss_mm in {", ".join(folders)} has that name'
