"""What fss_mm leans on, checked before anything of it is imported.

The MM modules come from two lines of distributions with the same import names:
OpenMMLab's originals and the maintained onedl ones. Either will do.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from packaging.specifiers import SpecifierSet

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
    """
    problems = find_problems()
    if problems:
        found = '; '.join(f'{module}: {text}' for module, text in problems.items())
        raise ImportError(
            f'fss_mm cannot run with what is installed: {found}; mend it with: '
            f'{pip_line(problems)}'
        )


def find_problems() -> dict[str, str]:
    """What is wrong with each module that is not there, or not as it is needed."""
    return {m: p for m in REQUIREMENTS if (p := _problem(m)) is not None}


def pip_line(modules: Iterable[str]) -> str:
    """The line that installs modules, of the MM line that is there already."""
    originals = any(installed(name) for name in ('mmengine', 'mmsegmentation'))
    wanted = (list(REQUIREMENTS[module].items()) for module in modules)
    wanted = [rows[1 if originals and len(rows) > 1 else 0] for rows in wanted]
    return 'pip install ' + ' '.join(f'"{name}{limits}"' for name, limits in wanted)


def _problem(module: str) -> str | None:
    """What is wrong with a module, or None."""
    choices = REQUIREMENTS[module]
    needed = ' or '.join(f'{name}{versions}' for name, versions in choices.items())
    for name, versions in choices.items():
        found = installed(name)
        if found is not None:
            if SpecifierSet(versions).contains(found, prereleases=True):
                return None
            return f'{name} {found} is installed, needed is {needed}'
    if find_spec(module) is not None:
        return None  # a source tree on the path has no version to ask for
    return f'not installed, needed is {needed}'


def installed(distribution: str) -> str | None:
    """Version of a distribution, or None."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
