"""Lists of SHA-256, as ``sha256sum`` writes and checks them."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

from ..utils.files import write_atomically
from .parallel import run_all
from .problems import Problem

MAKE_AGAIN = 'run the command without --verify, which makes it again'


def digest(content: bytes) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def write_checksums(path: Path, digests: dict[Path, str]) -> None:
    """Write a list that ``sha256sum -c`` checks from the list's own folder.

    A list that says the same already is not written again.

    Args:
        path (Path): The list.
        digests (dict[Path, str]): Digest of each file. Files that do not lie under the
            list's folder are listed with their absolute path.
    """
    lines = sorted((_listed(file, path.parent), d) for file, d in digests.items())
    content = ''.join(f'{found}  {name}\n' for name, found in lines).encode()
    if not path.is_file() or path.read_bytes() != content:
        write_atomically(path, lambda file: file.write(content))


def _listed(file: Path, folder: Path) -> str:
    inside = file.is_relative_to(folder)
    return (file.relative_to(folder) if inside else file.absolute()).as_posix()


def read_checksums(path: Path) -> dict[Path, str]:
    """Digest of each file of a list; nothing where there is no list.

    Raises:
        ValueError: If a line is not a digest, two blanks and a name.
    """
    if not path.is_file():
        return {}
    digests = {}
    for line in path.read_text(encoding='utf-8').splitlines():
        found, _, name = line.partition('  ')
        if len(found) != 64 or not name:
            raise ValueError(
                f'{path}: {line!r}, expected a SHA-256, two blanks and a file name; '
                'delete the list and run the conversion again'
            )
        digests[path.parent / name] = found
    return digests


def changed_files(
    path: Path, workers: int = 1, remedy: str = MAKE_AGAIN
) -> list[Problem]:
    """Files that are not what a list says they are, with the reason.

    Args:
        path (Path): The list.
        workers (int): Processes. Defaults to 1.
        remedy (str): What to do about each. Defaults to making it again.

    Raises:
        FileNotFoundError: If there is no such list.
    """
    digests = read_checksums(path)
    if not digests:
        raise FileNotFoundError(
            f'no list of checksums {str(path)!r}; it is written at the end of a '
            'conversion without problems: run the command without --verify first'
        )
    found = run_all(
        partial(_change, path.name, remedy), list(digests.items()), 'Verifying', workers
    )
    return [problem for problem in found if problem]


def _change(list_name: str, remedy: str, item: tuple[Path, str]) -> Problem | None:
    path, expected = item
    try:
        if digest(path.read_bytes()) == expected:
            return None
        reason = f'differs from its SHA-256 in {list_name}'
    except OSError as error:
        reason = f'cannot be read: {error.strerror or error}'
    return Problem(str(path), reason, remedy)
