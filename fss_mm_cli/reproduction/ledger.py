"""What has been run in a work folder: one JSON file, one entry for each run."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path

from fss_mm.utils.files import write_atomically

DONE, FAILED, RUNNING = 'done', 'failed', 'running'
_VERSION = 1


class Ledger:
    """Entries by the names of runs; each change is written at once, and whole.

    An entry has ``key`` (what the run depends on), ``state``, ``seconds``, and of a
    training ``iterations``; of a failed run ``error``. A run that is still 'running'
    when nobody works in the folder was stopped.

    Args:
        path (Path): The file; it may not be there.

    Raises:
        ValueError: If it is no ledger.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._lock = path, threading.Lock()
        self._entries: dict[str, dict] = {}
        if path.is_file():
            self._entries = _read(path)

    def get(self, name: str) -> dict | None:
        """The entry of a run, if there is one."""
        return self._entries.get(name)

    def items(self) -> list[tuple[str, dict]]:
        """All entries."""
        return list(self._entries.items())

    def write(self, name: str, **entry: object) -> None:
        """Set the entry of a run, and write the file."""
        with self._lock:
            self._entries[name] = entry
            content = dict(version=_VERSION, runs=self._entries)
            text = json.dumps(content, indent=1) + '\n'
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, lambda file: file.write(text.encode()))


def _read(path: Path) -> dict[str, dict]:
    try:
        found = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise ValueError(f'{str(path)!r} is no ledger: {error}') from error
    runs = found.get('runs') if isinstance(found, Mapping) else None
    if not isinstance(runs, Mapping) or found.get('version') != _VERSION:
        raise ValueError(
            f'{str(path)!r} is no ledger of this version; give another --work-dir'
        )
    return {name: dict(entry) for name, entry in runs.items()}
