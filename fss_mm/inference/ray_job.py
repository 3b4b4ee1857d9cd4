"""The same job on many machines, by Ray Data.

Ray cuts the list into blocks, moves them, holds back what is too fast, and starts
again what is lost: tasks that read files, and actors that hold a model each. A result
is a file that is written whole under the name of its image, or a row of Parquet, so
that what is done again after a failure is not there twice.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..utils.extras import require
from .done_images import DoneImages
from .inferencer import FewShotInferencer
from .inputs import NamedInput
from .job import JobSummary
from .pictures import UnreadablePicture
from .result_folder import claim_folder, identity_of, queries_for
from .writers import ResultWriter, rle

Batch = Mapping[str, np.ndarray]
_BATCH = 16  # files that go to an actor at once


class RaySegmenter:
    """What an actor does: a model that is loaded once, for any number of batches.

    Args:
        model (dict): Arguments of :class:`FewShotInferencer`.
        classes (Sequence[str]): Files of classes, which every machine can read.
        out (str, optional): Folder that every machine can write; None returns run
            lengths instead of writing files.
        save (Sequence[str]): As in :class:`~.writers.ResultWriter`.
        workers (int): Threads that decode and write. Defaults to 2.
    """

    def __init__(
        self,
        model: Mapping[str, Any],
        classes: Sequence[str],
        out: str | None = None,
        save: Sequence[str] = ('mask',),
        workers: int = 2,
    ) -> None:
        self.model, self.workers = FewShotInferencer(**model), workers
        for path in classes:
            self.model.load_classes(path)
        self.writer = None if out is None else (out, save)

    def __call__(self, batch: Batch) -> dict[str, list]:
        """Segment files.

        Args:
            batch (Mapping[str, np.ndarray]): ``name`` (B,) and ``content`` (B,) bytes.

        Returns:
            dict[str, list]: B of ``name``, ``reason`` (why it was skipped, or '') and
            ``found`` (JSON: class to score and run lengths; '' if files are written).
        """
        inputs = [_input(*row) for row in zip(*(batch[key] for key in _READ))]
        write = ResultWriter(*self.writer) if self.writer else None
        rows = dict(name=[], reason=[], found=[])
        results = self.model.stream(inputs, workers=self.workers, on_error='return')
        for one, result in zip(inputs, results):
            reason, found = '', ''
            if isinstance(result, UnreadablePicture):
                reason = result.reason
            elif write is not None:
                write(result)
            else:
                found = _run_lengths(result)
            for key, value in zip(rows, (one.name, reason, found)):
                rows[key].append(value)
        return rows


_READ = ('name', 'content', 'reason')


def read_file(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a task does: the content of a file, or why there is none."""
    content, reason = b'', row['reason']
    if not reason:
        try:
            content = Path(row['path']).read_bytes()
            reason = '' if content else 'an empty file (0 bytes); fetch it again'
        except OSError as error:
            reason = error.strerror or str(error)
    return dict(name=row['name'], content=content, reason=reason)


def _input(name: str, content: bytes, reason: str) -> NamedInput:
    if reason:
        return NamedInput(str(name), UnreadablePicture(str(name), str(reason)))
    return NamedInput(str(name), bytes(content))


def run_on_ray(
    model: Mapping[str, Any],
    classes: Sequence[str | Path],
    inputs: Iterable[NamedInput],
    out: str | Path,
    save: Sequence[str] = ('mask',),
    actors: int = 1,
    gpus: float = 0,
    parquet: bool = False,
    overwrite: bool = False,
    segmenter: type = RaySegmenter,
    reader: Callable = read_file,
) -> JobSummary:
    """Segment files on a cluster that ``ray.init`` has joined, or on this machine.

    Args:
        model (Mapping): Arguments of :class:`FewShotInferencer`.
        classes (Sequence[str | Path]): Files of classes.
        inputs (Iterable[NamedInput]): Files, by paths that every machine can read.
        out (str | Path): As in :func:`~.job.run_job`, on a disk that all machines see.
        save (Sequence[str]): As in :class:`~.writers.ResultWriter`.
        actors (int): Models at once. Defaults to 1.
        gpus (float): GPUs of an actor. Defaults to 0.
        parquet (bool): Write rows of name and run lengths, not files. Such a job is not
            resumed. Defaults to False.
        overwrite (bool): Do anew what is done. Defaults to False.
        segmenter (type): What an actor is. Defaults to :class:`RaySegmenter`.
        reader (Callable): What a task does. Defaults to :func:`read_file`.

    Raises:
        ImportError: If Ray is not installed.
        FileExistsError: If the folder holds something else.
    """
    require('ray', extra='ray')
    import ray

    here = FewShotInferencer(**dict(model, device='cpu'))
    for path in classes:
        here.load_classes(path)
    kinds = ('parquet',) if parquet else tuple(save)
    since = claim_folder(Path(out), identity_of(here, kinds), overwrite)
    if parquet:
        _clear(Path(out), overwrite)
    summary, start = JobSummary(), time.perf_counter()
    done = None
    if not parquet:
        done = DoneImages(ResultWriter(out, save), since, overwrite)
    queries = queries_for(Path(out), inputs)
    rows = list(_todo(queries, done, summary))
    if not rows:
        return summary
    arguments = dict(
        model=dict(model),
        classes=[str(Path(path).resolve()) for path in classes],
        out=None if parquet else str(Path(out).resolve()),
        save=tuple(save),
    )
    data = ray.data.from_items(rows, override_num_blocks=_blocks(len(rows), actors))
    data = data.map(reader).map_batches(
        segmenter,
        fn_constructor_kwargs=arguments,
        batch_size=_BATCH,
        compute=ray.data.ActorPoolStrategy(size=actors),
        num_gpus=gpus,
    )
    if parquet:
        data = data.materialize()
        data.write_parquet(str(out))
    for batch in data.select_columns(['name', 'reason']).iter_batches():
        for name, reason in zip(batch['name'], batch['reason']):
            if reason:
                summary.skipped[str(name)] = str(reason)
            else:
                summary.done += 1
    summary.seconds = time.perf_counter() - start
    return summary


def _todo(
    inputs: Iterable[NamedInput],
    done: DoneImages | None,
    summary: JobSummary,
) -> Iterator[dict[str, str]]:
    for one in inputs:
        if done is not None and one in done:
            summary.before += 1
            continue
        path, reason = '', ''
        if isinstance(one.source, (str, Path)):
            path = str(Path(one.source).resolve())
        elif isinstance(one.source, UnreadablePicture):
            reason = one.source.reason
        else:
            raise ValueError(
                f'{one.name}: with Ray queries are files, which each machine reads; '
                'unpack shards and videos first'
            )
        if done is not None:
            done.expect(one)
        yield dict(name=one.name, path=path, reason=reason)


def _clear(out: Path, overwrite: bool) -> None:
    """Remove rows of a former job, to which Ray would add."""
    former = list(out.glob('*.parquet'))
    if former and not overwrite:
        raise FileExistsError(
            f'{str(out)!r} holds rows of a former job, which would be there twice; '
            'choose another folder, or overwrite=True'
        )
    for path in former:
        path.unlink()


def _blocks(rows: int, actors: int) -> int:
    """A few blocks for each actor: what is lost with one is little."""
    return max(1, min(8 * actors, -(-rows // _BATCH)))


def _run_lengths(result) -> str:
    found = {
        name: dict(score=result.scores[name], rle=rle(result.mask_of(name)))
        for name in result.classes
        if result.scores[name]
    }
    return json.dumps(found)
