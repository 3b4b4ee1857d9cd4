"""The report of a test, as it is published with the weights that it is of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..evaluation.report_text import format_report
from ..utils.files import read_text, sha256_of
from ..utils.places import without_places

_NEEDED = ('mean', 'interval', 'protocol', 'provenance', 'data', 'seeds', 'episodes')


def public_report(path: str | Path, checkpoint: Path) -> dict[str, Any]:
    """Read a report, and check that it is of these weights.

    Args:
        path (str | Path): The JSON file.
        checkpoint (Path): The weights that are published.

    Returns:
        dict[str, Any]: The report, in which paths are file names alone.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no report, or one of other weights.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'report {str(path)!r}: there is no such file')
    try:
        report = json.loads(read_text(path))
        lacks = [key for key in _NEEDED if key not in report]
    except (ValueError, TypeError) as error:
        raise ValueError(f'report {str(path)!r} is no JSON report: {error}') from error
    if lacks:
        raise ValueError(
            f'{str(path)!r} is no report of a test: it has no {", ".join(lacks)}; name '
            'the .json that tools/test.py wrote'
        )
    hashes = report['provenance'].get('hashes') or {}
    if hashes.get('checkpoint_sha256') != sha256_of(checkpoint):
        raise ValueError(
            f'report {str(path)!r} is of other weights than {str(checkpoint)!r}; test '
            'these, and name that report'
        )
    return without_places(report)


def text_of(report: dict[str, Any], path: str | Path) -> str:
    """The report as Markdown.

    Args:
        report (dict[str, Any]): As :func:`public_report` gives it.
        path (str | Path): What to call it.

    Raises:
        ValueError: If it is malformed.
    """
    try:
        return format_report(report)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f'report {str(path)!r} is malformed: {error!r}') from error
