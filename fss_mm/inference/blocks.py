"""Fixed parts of a job: each is done by one process, and can be done again.

A block is named by its place in the list. What it writes is named by the block, or by
its images, and appears whole or not at all: a block that is done twice, because a
machine failed behind it or a job goes on, leaves what it leaves when done once.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..utils.progress import progress
from .inferencer import FewShotInferencer
from .inputs import NamedInput, holds_images, images_of
from .job import JobSummary, going_on, segment_into
from .packs import PACKS, read_pack, write_pack
from .result_folder import claim_folder, identity_of, queries_for
from .writers import ResultWriter


@dataclass(frozen=True)
class Block:
    """Inputs that are done together.

    Args:
        number (int): Its place.
        inputs (tuple[NamedInput, ...]): Images, or one shard or video.
    """

    number: int
    inputs: tuple[NamedInput, ...]

    @property
    def name(self) -> str:
        """What its pack is called."""
        return f'part-{self.number:06d}'


def blocks_of(listed: Iterable[NamedInput], size: int) -> Iterator[Block]:
    """Cut a list into blocks; a shard or a video is a block of its own.

    Args:
        listed (Iterable[NamedInput]): Of :func:`~.inputs.listed_inputs`.
        size (int): Images of a block.
    """
    number, some = 0, []
    for one in listed:
        alone = holds_images(one.source)
        if some and (alone or len(some) == size):
            yield Block(number, tuple(some))
            number, some = number + 1, []
        some.append(one)
        if alone:
            yield Block(number, tuple(some))
            number, some = number + 1, []
    if some:
        yield Block(number, tuple(some))


@dataclass(frozen=True)
class BlockJob:
    """What is done with each block.

    Args:
        out (str): Folder of the results.
        save (tuple[str, ...]): As in :class:`~.writers.ResultWriter`.
        pack (str, optional): Of :data:`~.packs.PACKS`: a file for each block. Defaults
            to None: files for each image.
        batch_size (int): Images of one size that share a pass. Defaults to 1.
        workers (int): Threads that read and write. Defaults to 2.
        since (int, optional): What is older is of something else, in nanoseconds.
            Defaults to None: all is done anew.

    Raises:
        ValueError: For another pack.
    """

    out: str
    save: tuple[str, ...] = ('mask',)
    pack: str | None = None
    batch_size: int = 1
    workers: int = 2
    since: int | None = None

    def __post_init__(self) -> None:
        if self.pack not in (None, *PACKS):
            raise ValueError(f'pack={self.pack!r}, expected one of {", ".join(PACKS)}')
        ResultWriter(self.out, self.save)  # checks the kinds

    def __call__(self, model: FewShotInferencer, block: Block) -> JobSummary:
        """Do a block, or what is left of it."""
        start = time.perf_counter()
        images = (image for one in block.inputs for image in images_of(one))
        images = queries_for(Path(self.out), images)
        if self.pack is None:
            summary = self._write_files(model, images)
        else:
            summary = self._write_pack(model, images, block)
        summary.seconds = time.perf_counter() - start
        return summary

    def _write_files(self, model, images: Iterable[NamedInput]) -> JobSummary:
        writer = ResultWriter(self.out, self.save)
        summary = JobSummary()
        segment_into(
            model, images, writer, summary, self.since, self.batch_size, self.workers
        )
        return summary

    def _write_pack(
        self, model, images: Iterable[NamedInput], block: Block
    ) -> JobSummary:
        path = Path(self.out) / f'{block.name}.{self.pack}'
        if self._is_done(path):
            before, skipped = read_pack(path)
            return JobSummary(before=before, skipped=skipped)
        names: list[str] = []  # of what is read and not yet written

        def named() -> Iterator[NamedInput]:
            for image in images:
                names.append(image.name)
                yield image

        found = model.stream(named(), self.batch_size, self.workers, on_error='return')
        results = ((names.pop(0), result) for result in found)
        with going_on(path, lambda: f'packs before {path.name} are whole'):
            done, skipped = write_pack(path, results, self.save, self.workers)
        return JobSummary(done=done, skipped=skipped)

    def _is_done(self, pack: Path) -> bool:
        if self.since is None or not pack.is_file():
            return False
        return pack.stat().st_mtime_ns >= self.since


def start_blocks(
    model: FewShotInferencer,
    listed: Iterable[NamedInput],
    job: BlockJob,
    size: int,
    overwrite: bool = False,
) -> tuple[BlockJob, list[Block]]:
    """Cut a list into blocks, and claim the folder of their results.

    Args:
        model (FewShotInferencer): With classes.
        listed (Iterable[NamedInput]): Of :func:`~.inputs.listed_inputs`.
        job (BlockJob): What to do with each.
        size (int): Images of a block.
        overwrite (bool): As in :func:`~.job.run_job`. Defaults to False.

    Returns:
        tuple[BlockJob, list[Block]]: The job that knows what is done, and the blocks.

    Raises:
        FileExistsError: If the folder holds something else.
        ValueError: If results of two inputs would have one name.
    """
    out = Path(job.out).expanduser().resolve()
    blocks = list(blocks_of(queries_for(out, listed), size))
    since = claim_folder(out, identity_of_blocks(model, job, blocks), overwrite)
    return replace(job, out=str(out), since=None if overwrite else since), blocks


def identity_of_blocks(
    model: FewShotInferencer, job: BlockJob, blocks: Sequence[Block]
) -> dict:
    """What a folder of results belongs to; that of packs also to the list of images."""
    identity = identity_of(model, job.save if job.pack != 'parquet' else ('parquet',))
    if job.pack is None:
        return identity
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(repr([one.name for one in block.inputs]).encode())
    return identity | dict(pack=job.pack, images=digest.hexdigest()[:16])


def remove_halves(out: str | Path) -> None:
    """Remove halves of packs, which a process leaves that is killed outright.

    No other process may be at work in the folder.
    """
    for path in Path(out).glob('.part-*'):
        path.unlink(missing_ok=True)


def run_blocks(
    model: FewShotInferencer,
    listed: Iterable[NamedInput],
    job: BlockJob,
    size: int = 1000,
    overwrite: bool = False,
    share: tuple[int, int] = (0, 1),
    show_progress: bool | None = None,
) -> JobSummary:
    """Do all blocks of a list, one after the other.

    Args:
        model (FewShotInferencer): With classes.
        listed (Iterable[NamedInput]): In the same order in all processes.
        job (BlockJob): What to do with each.
        size (int): Images of a block. Defaults to 1,000.
        overwrite (bool): As in :func:`~.job.run_job`. Defaults to False.
        share (tuple[int, int]): Number of this process and of all; it does the blocks
            of its places. Defaults to (0, 1).
        show_progress (bool, optional): As in :func:`~fss_mm.utils.progress.progress`.

    Raises:
        FileExistsError: If the folder holds something else.
        OSError: If a result cannot be written; the blocks before are whole.
    """
    job, blocks = start_blocks(model, listed, job, size, overwrite)
    start, (rank, world) = time.perf_counter(), share
    if world == 1:
        remove_halves(job.out)
    own = blocks[rank::world]
    parts = [
        job(model, block)
        for block in progress(own, len(own), show_progress, 'parts of the job')
    ]
    summary = JobSummary.of_parts(parts)
    summary.seconds = time.perf_counter() - start
    return summary
