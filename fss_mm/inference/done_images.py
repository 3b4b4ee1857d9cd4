"""Which images a folder has results of, so that a job can go on where it was."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

from .inputs import NamedInput
from .result_folder import NOTE
from .writers import ResultWriter, stem_of

_SUFFIX = '.origins'


class DoneImages:
    """The images of a job that are done.

    Results are named as images are, and photographs of two folders may have one name.
    So each process notes, before a result is written, which image it will be of.

    Args:
        writer (ResultWriter): What writes the results.
        since (int, optional): Of :func:`~.result_folder.claim_folder`: older results
            and notes do not count. None: nothing is done.
    """

    def __init__(self, writer: ResultWriter, since: int | None) -> None:
        self.writer, self.since = writer, since
        self._notes = writer.folder / f'{NOTE}.{uuid4().hex[:12]}{_SUFFIX}'
        self._origins = {} if since is None else _read_notes(writer.folder, since)

    def __contains__(self, one: NamedInput) -> bool:
        """Whether all results of an image are there.

        Raises:
            FileExistsError: If they are there, of another image of the same name.
        """
        if self.since is None or not self.writer.is_done(one.name, self.since):
            return False
        stem = stem_of(one.name)
        known = self._origins.get(hash(stem))
        if known not in (None, hash(one.origin)):
            raise FileExistsError(
                f'{str(self.writer.folder / stem)!r} has results of another image than '
                f'{one.origin or one.name!r}; choose another folder, or --overwrite'
            )
        return known is not None

    def expect(self, one: NamedInput) -> None:
        """Note that results of this image are about to be written.

        Raises:
            OSError: If the note cannot be written.
        """
        with open(self._notes, 'a', encoding='ascii') as file:
            file.write(json.dumps([stem_of(one.name), one.origin]) + '\n')


def _read_notes(folder: Path, since: int) -> dict[int, int]:
    """Result to image, as hashes: there may be millions."""
    origins = {}
    for path in folder.glob(f'{NOTE}.*{_SUFFIX}'):
        if path.stat().st_mtime_ns < since:
            continue
        for line in path.read_text(encoding='ascii').splitlines():
            try:
                stem, origin = json.loads(line)
            except ValueError:  # the process was killed while it wrote the line
                continue
            origins[hash(stem)] = hash(origin)
    return origins
