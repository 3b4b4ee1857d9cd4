"""Versions: Python, the modules that fss_mm stands on, its own and its extras'."""

from __future__ import annotations

import platform
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from types import ModuleType

from ..library import read_alone
from .finding import ABSENT, NEEDED, OK, Finding, first_line, remedy_of

PYTHON = (3, 10)
# distributions that bring the same module
_ALIKE = {
    'opencv-python': (
        'opencv-python-headless',
        'opencv-contrib-python',
        'opencv-contrib-python-headless',
    )
}
_OF_DEVELOPERS = 'dev'


def check_versions() -> Iterator[Finding]:
    """Python, torch, the MM modules and whether they fit one another."""
    needed = '.'.join(map(str, PYTHON))
    own = f'Python {platform.python_version()} ({sys.executable})'
    if sys.version_info < PYTHON:
        yield Finding(
            NEEDED,
            f'{own}, needed is {needed} or newer',
            f'python{needed} -m venv .venv',
        )
    else:
        yield Finding(OK, own)
    yield from _modules(read_alone('utils/versions.py'))


def _modules(versions: ModuleType) -> Iterator[Finding]:
    problems = versions.find_problems()
    for module, choices in versions.REQUIREMENTS.items():
        if module in problems:
            line = versions.pip_line([module])
            yield Finding(NEEDED, f'{module}: {problems[module]}', line)
            continue
        found = [f'{name} {v}' for name in choices if (v := versions.installed(name))]
        yield Finding(OK, ', '.join(found) or f'{module}, from a source tree')
    yield from _lines(versions)


def _lines(versions: ModuleType) -> Iterator[Finding]:
    """The MM modules come from one line of distributions."""
    found = {True: [], False: []}
    for module, choices in versions.REQUIREMENTS.items():
        if module.startswith('mm'):
            for name in filter(versions.installed, choices):
                found[name.startswith('onedl-')].append(name)
    if found[True] and found[False]:
        names = ' '.join(found[False])
        yield Finding(
            NEEDED,
            f'{names} beside {" ".join(found[True])}: two lines of distributions that '
            'overwrite one another; keep one',
            f'pip uninstall -y {names} && pip install --force-reinstall --no-deps '
            + ' '.join(found[True]),
        )
    elif found[True] or found[False]:
        line = 'the onedl line' if found[True] else "OpenMMLab's line"
        yield Finding(OK, f'the MM modules are all of {line}')


def check_library() -> Iterator[Finding]:
    """fss_mm itself, and the packages that it asks for."""
    try:
        fss_mm = import_module('fss_mm')
    except Exception as error:  # whatever a broken package raises
        remedy = remedy_of(error) or "pip install --force-reinstall 'fss_mm[mm]'"
        text = f'fss_mm cannot be imported: {first_line(error)}'
        yield Finding(NEEDED, text, remedy)
    else:
        folder = fss_mm.__path__[0]
        yield Finding(OK, f'fss_mm {fss_mm.__version__} in {folder}')
    wrong = [text for text in map(_problem, requirements_of('')) if text]
    for text, requirement in wrong:
        yield Finding(NEEDED, text, f'pip install "{requirement}"')


def check_extras() -> Iterator[Finding]:
    """Packages of the extras, for what not everybody does."""
    extras = defaultdict(list)
    for requirement in _all_requirements():
        for extra in _extras_of(requirement):
            extras[extra].append(requirement)
    own = ('mm', _OF_DEVELOPERS)
    for extra in sorted(set(extras) - set(own)):
        names = ', '.join(requirement.name for requirement in extras[extra])
        wrong = [found[0] for found in map(_problem, extras[extra]) if found]
        if wrong:
            line = f"pip install 'fss_mm[{extra}]'"
            yield Finding(ABSENT, f'extra {extra}: {"; ".join(wrong)}', line)
        else:
            yield Finding(OK, f'extra {extra}: {names}')
    if not extras:
        yield Finding(ABSENT, 'fss_mm is on the path but not installed: extras are not '
                      'known', 'pip install -e .')  # fmt: skip


def requirements_of(extra: str) -> list:
    """Requirements of an extra, or '' for what is always needed."""
    return [r for r in _all_requirements() if extra in (_extras_of(r) or [''])]


def _all_requirements() -> Iterable:
    from packaging.requirements import Requirement

    try:
        return [Requirement(line) for line in requires('fss_mm') or ()]
    except PackageNotFoundError:
        return []


def _extras_of(requirement) -> list[str]:
    """Names of extras in a requirement's marker."""
    if requirement.marker is None:
        return []
    words = str(requirement.marker).replace("'", '"').split('"')
    return [
        word for before, word in zip(words, words[1:]) if before.endswith('extra == ')
    ]


def _problem(requirement) -> tuple[str, str] | None:
    """What is wrong with a requirement, and what pip is to install."""
    wanted = f'{requirement.name}{requirement.specifier}'
    for name in (requirement.name, *_ALIKE.get(requirement.name, ())):
        try:
            found = version(name)
        except PackageNotFoundError:
            continue
        if requirement.specifier.contains(found, prereleases=True):
            return None
        return f'{name} {found} is installed, needed is {wanted}', wanted
    return f'{requirement.name} is not installed', wanted
