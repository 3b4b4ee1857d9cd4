"""Any number of images into a folder of results: resumable, in one process or several.

A folder holds the results of one model with given classes; a note in it says which.
Files appear whole or not at all, so that an image is done if its own files are there,
and an interrupted job goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ..utils.files import write_atomically
from ..utils.progress import progress
from .done_images import DoneImages
from .inferencer import FewShotInferencer
from .inputs import NamedInput
from .pictures import UnreadablePicture
from .read_ahead import read_ahead
from .result_folder import claim_folder, identity_of, queries_for
from .writers import ResultWriter


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
        inputs (Iterable[NamedInput]): In the same order in all processes. What lies in
            ``out`` is left out.
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
        FileExistsError: If the folder holds something else, or results of another image
            of the same name.
        ValueError: If results of two images would have one name.
        OSError: If a result cannot be written; those before are whole.
    """
    writer = ResultWriter(out, save)
    since = claim_folder(writer.folder, identity_of(model, writer.kinds), overwrite)
    summary, start = JobSummary(), time.perf_counter()
    rank, world = share
    own = islice(queries_for(writer.folder, inputs), rank, None, world)
    shown = progress(own, total, show_progress)
    done = DoneImages(writer, None if overwrite else since)
    segment_into(model, shown, done, summary, batch_size, workers)
    summary.seconds = time.perf_counter() - start
    return summary


def segment_into(
    model: FewShotInferencer,
    images: Iterable[NamedInput],
    done: DoneImages,
    summary: JobSummary,
    batch_size: int = 1,
    workers: int = 2,
) -> None:
    """Segment images into files, but for those whose files are there.

    Args:
        model (FewShotInferencer): With classes.
        images (Iterable[NamedInput]): Each with files of its own.
        done (DoneImages): Of them, and what writes their files.
        summary (JobSummary): It counts as images are done.
        batch_size (int): As in :func:`run_job`.
        workers (int): Likewise.

    Raises:
        FileExistsError: If results of another image of one's name are there.
        OSError: If a result cannot be written; those before are whole.
    """
    writer = done.writer

    def todo() -> Iterator[NamedInput]:
        for one in images:
            if one in done:
                summary.before += 1
            else:
                done.expect(one)
                yield one

    results = model.stream(todo(), batch_size, workers, on_error='return')
    written = read_ahead(_unless_unreadable(writer), results, workers)
    with going_on(writer.folder, lambda: f'{summary.done} images were done, whole'):
        for result in written:
            if isinstance(result, UnreadablePicture):
                summary.skipped[result.name] = result.reason
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
    path = Path(out).expanduser() / f'skipped{mark}.txt'
    if not skipped:
        path.unlink(missing_ok=True)
        return None
    text = ''.join(f'{name}: {reason}\n' for name, reason in skipped.items())
    write_atomically(path, lambda file: file.write(text.encode()))
    return path


def _unless_unreadable(writer: ResultWriter):
    def write(result):
        return result if isinstance(result, UnreadablePicture) else writer(result)

    return write
