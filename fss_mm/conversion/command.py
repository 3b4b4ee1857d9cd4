"""How the converters end: what was done, problems, checksums."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ..utils.text import counted
from .checksums import MAKE_AGAIN, changed_files, write_checksums
from .problems import Problem, format_problems
from .results import Result


def conclude(
    results: Sequence[Result], checksums: Path, problems: Sequence[Problem] = ()
) -> int:
    """Say what was done and list all problems; without any, write the checksums.

    Args:
        results (Sequence[Result]): Every file of the result.
        checksums (Path): List to write.
        problems (Sequence[Problem]): Those that belong to no file of the result.
            Defaults to ().

    Returns:
        int: Exit status: 1 with problems, else 0.
    """
    problems = [*problems, *(p for result in results for p in result.problems)]
    written = sum(result.written for result in results)
    kept = sum(bool(result.sha256) for result in results) - written
    print(f'{checksums.stem}: {written:,} files written, {kept:,} kept')
    if problems:
        print(f'{counted(len(problems), "problem")}:', file=sys.stderr)
        print(format_problems(problems), file=sys.stderr)
        return 1
    write_checksums(checksums, {result.path: result.sha256 for result in results})
    print(f'SHA-256 of each in {checksums}')
    return 0


def verify(checksums: Path, workers: int, remedy: str = MAKE_AGAIN) -> int:
    """Compare files with their list; the exit status is 1 where some differ.

    Args:
        checksums (Path): The list.
        workers (int): Processes.
        remedy (str): What to do about a file that differs. Defaults to making it again.
    """
    problems = changed_files(checksums, workers, remedy)
    if problems:
        print(format_problems(problems))
        return 1
    print(f'every file is as {checksums} says')
    return 0
