"""Where checkpoints are written: whole or not at all, and nothing removed too early."""

from __future__ import annotations

import shutil
from pathlib import Path

from mmengine.fileio import BaseStorageBackend, LocalBackend, register_backend

from ..utils.files import write_atomically


class AtomicLocalBackend(LocalBackend):
    """A local disk on which a file is written whole or not at all."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write ``obj``; the folder is made.

        Raises:
            OSError: If it cannot be written; a former file of that name survives.
        """
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_atomically(path, lambda file: file.write(obj))
        except OSError as error:
            free = shutil.disk_usage(path.parent).free
            raise OSError(
                error.errno,
                f'cannot save {path} ({len(obj):,} bytes, {free:,} free): '
                f'{error.strerror}. Earlier checkpoints are whole: make room and '
                'start again with --resume',
            ) from error


register_backend('atomic_local', AtomicLocalBackend, force=True)


class DeferredRemoval:
    """A file backend that notes what is to be removed, and does it when told.

    Args:
        backend (BaseStorageBackend): Does all the rest, at once.
        folder (str | Path): Only what lies in it is removed: a run that is resumed in
            another folder spares the files of the former one.
    """

    def __init__(self, backend: BaseStorageBackend, folder: str | Path) -> None:
        self.backend, self.folder = backend, Path(folder).resolve()
        self.doomed: list[str] = []

    def __getattr__(self, name: str):
        return getattr(self.backend, name)

    def remove(self, path: str) -> None:
        """Note a file or, as ``rmtree``, a folder."""
        self.doomed.append(path)

    rmtree = remove

    def carry_out(self) -> None:
        """Remove what was noted and still exists."""
        doomed, self.doomed = self.doomed, []
        for path in (p for p in doomed if Path(p).resolve().parent == self.folder):
            if self.backend.isdir(path):
                self.backend.rmtree(path)
            elif self.backend.isfile(path):
                self.backend.remove(path)
