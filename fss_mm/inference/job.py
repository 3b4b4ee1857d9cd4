"""Any number of images into a folder of results: resumable, in one process or several.

A folder holds the results of one model with given classes; a note in it says which.
Files appear whole or not at all, so that an image is done if its files are there, and
an interrupted job goes on where it was.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ..utils.files import write_atomically
from ..utils.progress import progress
from .inferencer import FewShotInferencer
from .inputs import NamedInput, holds_images
from .pictures import UnreadablePicture
from .read_ahead import read_ahead
from .writers import ResultWriter, stem_of

NOTE = 'fss_mm_results.json'
# keys of packs, whose files of other images would stay among the new ones
_NAMED_BY_PLACE = ('pack', 'images')


@dataclass
class JobSummary:
    """What a job did.

    Args:
        done (int): Images that were segmented.
        before (int): Images whose results were there.
        skipped (dict[str, str]): Images that cannot be used, with the reason.
        seconds (float): Time of what was done.
    """

    done: int = 0
    before: int = 0
    skipped: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Images per second."""
        return self.done / self.seconds if self.seconds else 0.0

    @classmethod
    def of_parts(cls, parts: Sequence[JobSummary]) -> JobSummary:
        """Of processes that worked side by side."""
        skipped = {name: why for part in parts for name, why in part.skipped.items()}
        return cls(
            sum(part.done for part in parts),
            sum(part.before for part in parts),
            dict(sorted(skipped.items())) if len(parts) > 1 else skipped,
            max((part.seconds for part in parts), default=0.0),
        )


def run_job(
    model: FewShotInferencer,
    inputs: Iterable[NamedInput],
    out: str | Path,
    save: Sequence[str] = ('mask',),
    batch_size: int = 1,
    workers: int = 2,
    overwrite: bool = False,
    share: tuple[int, int] = (0, 1),
    total: int | None = None,
    show_progress: bool | None = None,
) -> JobSummary:
    """Segment images into a folder, but for those that are done.

    Args:
        model (FewShotInferencer): With classes.
        inputs (Iterable[NamedInput]): In the same order in all processes.
        out (str | Path): A new folder, an empty one, or one of the same model, classes
            and kinds of results.
        save (Sequence[str]): As in :class:`~.writers.ResultWriter`.
        batch_size (int): Images of one size that share a pass. Defaults to 1.
        workers (int): Threads that read and write. Defaults to 2.
        overwrite (bool): Do anew what is done, also of other classes. Defaults to
            False.
        share (tuple[int, int]): Number of this process and of all: it does the images
            of its places in the list, so that none is done twice. Defaults to (0, 1).
        total (int, optional): Number of inputs, for the progress bar. Defaults to None.
        show_progress (bool, optional): As in :func:`~fss_mm.utils.progress.progress`.

    Raises:
        FileExistsError: If the folder holds something else.
        OSError: If a result cannot be written; those before are whole.
    """
    writer = ResultWriter(out, save)
    claim_folder(Path(out), identity_of(model, writer.kinds), overwrite)
    summary, start = JobSummary(), time.perf_counter()
    rank, world = share
    own = islice(distinct(inputs), rank, None, world)
    shown = progress(own, total, show_progress)
    segment_into(model, shown, writer, summary, batch_size, workers, overwrite)
    summary.seconds = time.perf_counter() - start
    return summary


def segment_into(
    model: FewShotInferencer,
    images: Iterable[NamedInput],
    writer: ResultWriter,
    summary: JobSummary,
    batch_size: int = 1,
    workers: int = 2,
    overwrite: bool = False,
) -> None:
    """Segment images into files, but for those whose files are there.

    Args:
        model (FewShotInferencer): With classes.
        images (Iterable[NamedInput]): Each with files of its own.
        writer (ResultWriter): Of their files.
        summary (JobSummary): It counts as images are done.
        batch_size (int): As in :func:`run_job`.
        workers (int): Likewise.
        overwrite (bool): Likewise.

    Raises:
        OSError: If a result cannot be written; those before are whole.
    """

    def todo() -> Iterator[NamedInput]:
        for one in images:
            unusable = isinstance(one.source, UnreadablePicture)
            if not (overwrite or unusable) and writer.is_done(one.name):
                summary.before += 1
            else:
                yield one

    results = model.stream(todo(), batch_size, workers, on_error='return')
    written = read_ahead(_unless_unreadable(writer), results, workers)
    with going_on(writer.folder, lambda: f'{summary.done} images were done, whole'):
        for result in written:
            if isinstance(result, UnreadablePicture):
                name, _, reason = str(result).partition(': ')
                summary.skipped[name] = reason
            else:
                summary.done += 1


@contextmanager
def going_on(where: Path, done: Callable[[], str]) -> Iterator[None]:
    """Say what was done before something could not be written, and how to go on.

    Args:
        where (Path): What is written, if the error does not say it.
        done (Callable): Says what was done.

    Raises:
        OSError: With a message, in the place of one with a number.
    """
    try:
        yield
    except OSError as error:
        if error.strerror is None:
            raise
        raise OSError(
            f'{error.filename or where}: {error.strerror}; {done()}; run the same '
            'command again to go on'
        ) from error


def distinct(inputs: Iterable[NamedInput]) -> Iterator[NamedInput]:
    """Inputs, each with files of its own.

    In the place of an image whose files another one has there is an error: it must be
    seen before images are shared out, and also where the first one is done already.
    """
    seen: set[int] = set()  # hashes of names, which may be millions
    for one in inputs:
        stem = stem_of(one.name)
        mark = hash((stem, holds_images(one.source)))
        if mark in seen and not isinstance(one.source, UnreadablePicture):
            subject = one.source if isinstance(one.source, (str, Path)) else one.name
            reason = UnreadablePicture(
                f"{subject}: its results have the name of another image's, {stem!r}; "
                'rename it, or segment it into another folder'
            )
            yield NamedInput(one.name, reason)
            continue
        seen.add(mark)
        yield one


def write_skipped(
    out: str | Path, skipped: dict[str, str], mark: str = ''
) -> Path | None:
    """Write the list of images that were skipped; None, and no file, if there is none.

    Args:
        out (str | Path): The folder of the results.
        skipped (dict[str, str]): Name to reason.
        mark (str): Behind the name of the file, of one process of several. Defaults to
            ''.
    """
    path = Path(out) / f'skipped{mark}.txt'
    if not skipped:
        path.unlink(missing_ok=True)
        return None
    text = ''.join(f'{name}: {reason}\n' for name, reason in skipped.items())
    write_atomically(path, lambda file: file.write(text.encode()))
    return path


def identity_of(model: FewShotInferencer, kinds: Sequence[str]) -> dict:
    """What a folder of results belongs to: model, classes and kinds of files."""
    origins = {name: one.origin[:16] for name, one in model.learned.items()}
    return dict(model=model.fingerprint[:16], classes=origins, save=sorted(kinds))


def claim_folder(out: Path, identity: dict, overwrite: bool = False) -> None:
    """Note what a folder belongs to, or check that it is that.

    Processes of one job may do it at once: they write the same.

    Raises:
        FileExistsError: If it holds something else, naming what differs.
    """
    note = out / NOTE
    if note.is_file():
        former = _read_note(note)
        keys = dict.fromkeys([*identity, *former])
        differing = [key for key in keys if former.get(key) != identity.get(key)]
        if not differing:
            return
        named = set(differing) & set(_NAMED_BY_PLACE)
        if named or not overwrite:
            remedy = '' if named else ', or --overwrite'
            raise FileExistsError(
                f'{str(out)!r} holds results of other {" and ".join(differing)}: '
                f'{_differences(former, identity, differing)}; choose another folder'
                f'{remedy}'
            )
    elif out.is_dir() and any(map(_is_foreign, out.iterdir())):
        raise FileExistsError(
            f'{str(out)!r} is not empty, and what is in it is none of these results; '
            'choose a new or an empty folder'
        )
    elif out.exists() and not out.is_dir():
        raise FileExistsError(f'{str(out)!r} is a file, expected a folder')
    out.mkdir(parents=True, exist_ok=True)
    content = json.dumps(identity, indent=1).encode()
    write_atomically(note, lambda file: file.write(content))


def _is_foreign(path: Path) -> bool:
    """Neither the note nor what a process writes it with, or has left behind."""
    return not path.name.startswith((NOTE, f'.{NOTE}.'))


def _read_note(note: Path) -> dict:
    try:
        found = json.loads(note.read_text())
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _differences(former: dict, identity: dict, keys: Sequence[str]) -> str:
    def short(value: object) -> str:
        if isinstance(value, dict):
            return ', '.join(f'{k} ({v})' for k, v in value.items())
        return ', '.join(value) if isinstance(value, list) else str(value)

    return '; '.join(
        f'{key} were {short(former.get(key))} and are now {short(identity.get(key))}'
        for key in keys
    )


def _unless_unreadable(writer: ResultWriter):
    def write(result):
        return result if isinstance(result, UnreadablePicture) else writer(result)

    return write
