"""The same job on many machines, by Ray Data.

Each of Ray's actors holds a model and does blocks, one after the other: it reads, it
segments, and it writes what appears whole or not at all. Ray hands a block to an actor
that is free, and starts again what is lost with an actor, a process or a machine. A
block that is done again finds what is there, or replaces it: nothing is there twice.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..utils.extras import require
from ..utils.spelling import in_shell, spelled_as_options
from .blocks import Block, BlockJob, remove_halves, start_blocks
from .inferencer import FewShotInferencer
from .inputs import NamedInput
from .job import JobSummary
from .pictures import UnreadablePicture, is_url

CLASSES = 'fss_mm_classes.safetensors'
_TASKS = 64  # for each actor: the last ones to end do not keep the others for long


class RaySegmenter:
    """What an actor does: a model that is loaded once, for any number of blocks.

    Args:
        model (Mapping): Arguments of :class:`FewShotInferencer`.
        classes (str): A file of classes that every machine can read.
        job (BlockJob): What to do with a block.
        in_shell (bool): Whether reasons name options, as where the job was started.
            Defaults to False.
    """

    def __init__(
        self,
        model: Mapping[str, Any],
        classes: str,
        job: BlockJob,
        in_shell: bool = False,
    ) -> None:
        self.opened_by, self.classes, self.job = model, classes, job
        self.in_shell = in_shell

    def __call__(self, batch: Mapping[str, np.ndarray]) -> dict[str, list[str]]:
        """Do a block.

        Args:
            batch (Mapping[str, np.ndarray]): ``block`` (1,): its JSON.

        Returns:
            dict[str, list[str]]: ``summary``: JSON of what was done; or ``error``: what
            a person has to mend, which Ray's own way would bury in tracebacks.
        """
        try:
            with spelled_as_options(self.in_shell):
                summary = self.job(self.model, _block(batch['block'][0]))
        except (ImportError, OSError, ValueError) as error:
            return dict(summary=[''], error=[str(error) or type(error).__name__])
        return dict(summary=[json.dumps(asdict(summary))], error=[''])

    @cached_property
    def model(self) -> FewShotInferencer:
        """The model with the classes, opened for the first block."""
        model = FewShotInferencer(**self.opened_by)
        model.load_classes(self.classes)
        return model


def run_on_ray(
    model: FewShotInferencer,
    opened_by: Mapping[str, Any],
    listed: Iterable[NamedInput],
    job: BlockJob,
    size: int = 1000,
    overwrite: bool = False,
    actors: int = 1,
    gpus: float = 0,
    cpus: float = 1,
    segmenter: type = RaySegmenter,
) -> JobSummary:
    """Do all blocks on a cluster that ``ray.init`` has joined, or on this machine.

    Every machine has to see the model's files, the images and the folder of the
    results.

    Args:
        model (FewShotInferencer): With classes; it is used here alone.
        opened_by (Mapping): Arguments of :class:`FewShotInferencer` that open the same
            model anywhere.
        listed (Iterable[NamedInput]): Files, shards and videos by their paths, and
            addresses: see :func:`~.inputs.listed_inputs`.
        job (BlockJob): What to do with each block.
        size (int): Images of a block. Defaults to 1,000.
        overwrite (bool): As in :func:`~.job.run_job`. Defaults to False.
        actors (int): Models at once. Defaults to 1.
        gpus (float): GPUs of an actor. Defaults to 0.
        cpus (float): Cores of an actor. Defaults to 1.
        segmenter (type): What an actor is. Defaults to :class:`RaySegmenter`.

    Raises:
        ImportError: If Ray is not installed.
        FileExistsError: If the folder holds something else.
        ValueError: If an input is no file.
        ChildProcessError: If a block cannot be done; those before are whole.
    """
    require('ray', extra='ray')
    import ray

    job, blocks = start_blocks(model, listed, job, size, overwrite)
    remove_halves(job.out)
    classes = Path(job.out) / CLASSES
    model.save_classes(classes)
    start = time.perf_counter()
    rows = [dict(block=_text(block)) for block in blocks]
    tasks = min(len(rows), _TASKS * actors)
    data = ray.data.from_items(rows, override_num_blocks=tasks).map_batches(
        segmenter,
        fn_constructor_kwargs=dict(
            model=dict(opened_by), classes=str(classes), job=job, in_shell=in_shell()
        ),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=min(actors, tasks)),
        num_gpus=gpus,
        num_cpus=cpus,
    )
    parts = []
    for row in data.iter_rows():
        if row['error']:
            raise ChildProcessError(row['error'])
        parts.append(JobSummary(**json.loads(row['summary'])))
    summary = JobSummary.of_parts(parts)
    summary.seconds = time.perf_counter() - start
    return summary


def _text(block: Block) -> str:
    return json.dumps([block.number, [_portable(one) for one in block.inputs]])


def _portable(one: NamedInput) -> tuple[str, str, str]:
    """Name, path and why there is none."""
    if isinstance(one.source, UnreadablePicture):
        return one.name, '', one.source.reason
    if is_url(one.source):
        return one.name, one.source, ''
    if isinstance(one.source, (str, Path)):
        return one.name, str(Path(one.source).expanduser().resolve()), ''
    raise ValueError(
        f'{one.name}: with Ray queries are files, shards or videos, which each machine '
        f'reads; got {type(one.source).__name__}'
    )


def _block(text: str) -> Block:
    number, inputs = json.loads(text)
    return Block(
        number,
        tuple(
            NamedInput(name, UnreadablePicture(name, reason) if reason else path)
            for name, path, reason in inputs
        ),
    )
