"""What fss_mm leans on, checked before anything of it is imported.

The MM modules come from two lines of distributions with the same import names:
OpenMMLab's originals and the maintained onedl ones. Either will do.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from packaging.specifiers import SpecifierSet

from .source_tree import source_tree

# module -> the distributions that provide it with the versions that work: the
# maintained one, then OpenMMLab's
REQUIREMENTS = {
    'torch': {'torch': '>=2.4'},
    'torchvision': {'torchvision': '>=0.19'},
    'mmengine': {
        'onedl-mmengine': '>=0.10.12',
        'mmengine': '>=0.10.7',
        'mmengine-lite': '>=0.10.7',
    },
    'mmcv': {
        'onedl-mmcv': '>=2.3.6',
        'mmcv': '>=2.1.0,<2.2.0',
        'mmcv-lite': '>=2.1.0,<2.2.0',
    },
    'mmseg': {'onedl-mmsegmentation': '>=1.4.2', 'mmsegmentation': '>=1.2.2'},
}


def check_requirements() -> None:
    """Check that every module is there in a version that works.

    Raises:
        ImportError: Naming what is installed, what is needed and the pip line that
            mends it.
        SystemExit: The same in one of our tools, which ends with a line and the exit
            code 2.
    """
    problems = {m: p for m in REQUIREMENTS if (p := _problem(m)) is not None}
    if problems:
        originals = any(_installed(name) for name in ('mmengine', 'mmsegmentation'))
        wanted = (list(REQUIREMENTS[module].items()) for module in problems)
        wanted = [rows[1 if originals and len(rows) > 1 else 0] for rows in wanted]
        line = ' '.join(f'"{name}{versions}"' for name, versions in wanted)
        found = '; '.join(f'{module}: {text}' for module, text in problems.items())
        error = ImportError(
            f'fss_mm cannot run with what is installed: {found}; mend it with: '
            f'pip install {line}'
        )
        _end_tool(error)
        raise error


def _end_tool(error: ImportError) -> None:
    """End a tool with the message alone, as ``run_command`` does where it is reached.

    A tool imports fss_mm before it can catch anything. Programs of others get the
    error.
    """
    tree, main = source_tree(), getattr(sys.modules['__main__'], '__file__', None)
    if tree is None or main is None or '--debug' in sys.argv[1:]:
        return
    if tree / 'tools' in Path(main).resolve().parents:
        print(f'error: {error}', file=sys.stderr)
        sys.exit(2)


def _problem(module: str) -> str | None:
    """What is wrong with a module, or None."""
    choices = REQUIREMENTS[module]
    needed = ' or '.join(f'{name}{versions}' for name, versions in choices.items())
    for name, versions in choices.items():
        found = _installed(name)
        if found is not None:
            if SpecifierSet(versions).contains(found, prereleases=True):
                return None
            return f'{name} {found} is installed, needed is {needed}'
    if find_spec(module) is not None:
        return None  # a source tree on the path has no version to ask for
    return f'not installed, needed is {needed}'


def _installed(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
