"""Where the source tree is, if the package runs from one."""

from __future__ import annotations

from pathlib import Path

_MARKS = ('setup.py', 'configs/_base_/default_runtime.py', 'fss_mm/version.py')


def source_tree() -> Path | None:
    """The root of the source tree, with ``configs`` and ``tools``.

    An installed package lies in ``site-packages``, where a folder ``configs`` is
    another package's.

    Returns:
        Path | None: None for an installed package.
    """
    root = Path(__file__).resolve().parents[2]
    return root if all((root / mark).is_file() for mark in _MARKS) else None
