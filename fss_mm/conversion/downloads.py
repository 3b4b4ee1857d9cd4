"""Downloads that are whole or not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path


def fetch_once(target: Path, fetch: Callable[[Path], Path]) -> None:
    """Fetch a folder unless it is there.

    All is fetched and unpacked in ``<target>.partial`` and renamed when it is whole, so
    that an interrupted download or unpacking is never taken for the data set. A repeat
    goes on from the archives that arrived.

    Args:
        target (Path): The folder that is wanted.
        fetch (Callable): Fetches into the folder it is given and returns the folder,
            in there or the same, that becomes ``target``.
    """
    if target.exists():
        return
    staging = target.with_name(f'{target.name}.partial')
    staging.mkdir(parents=True, exist_ok=True)
    os.replace(fetch(staging), target)
    shutil.rmtree(staging, ignore_errors=True)  # the archive, now unpacked
