"""What ``fss-mm segment`` does with queries, in one process, several, or on Ray."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fss_mm.inference import FewShotInferencer
from fss_mm.inference.blocks import BlockJob, run_blocks
from fss_mm.inference.inputs import count_inputs, listed_inputs, named_inputs
from fss_mm.inference.job import JobSummary, run_job, write_skipped
from fss_mm.utils.distributed import collect
from fss_mm.utils.extras import require
from fss_mm.utils.text import counted, group_lines

from .processes import share

BLOCK = 1000


def run_and_report(
    model: FewShotInferencer, opened_by: Mapping[str, Any], args: Namespace
) -> int:
    """Do the job, and say what was done; returns 1 if an image was skipped.

    torchrun ends all processes when one ends with another code than 0: the first one
    waits for the others, and these end with 0.

    Args:
        model (FewShotInferencer): With classes.
        opened_by (Mapping): What opens the same model on another machine.
        args (Namespace): Of the command.
    """
    summary = _run_on_ray(model, opened_by, args) if args.ray else _run(model, args)
    parts = collect(asdict(summary))
    if parts is None:
        return 0
    rank, world = share()
    alone = len(parts) < world  # started by hand, on machines that do not know others
    summary = JobSummary.of_parts([JobSummary(**part) for part in parts])
    return report(summary, args.out, f'_{rank}' if alone else '')


def _run(model: FewShotInferencer, args: Namespace) -> JobSummary:
    rank, world = share()
    show = None if rank == 0 else False
    if args.pack is not None:
        listed, size = listed_inputs(args.query), args.block or BLOCK
        return run_blocks(
            model, listed, _job(args), size, args.overwrite, (rank, world), show
        )
    total = count_inputs(args.query)
    return run_job(
        model,
        named_inputs(args.query),
        args.out,
        args.save,
        args.batch_size,
        args.workers,
        args.overwrite,
        (rank, world),
        None if total is None else len(range(rank, total, world)),
        show,
    )


def _run_on_ray(
    model: FewShotInferencer, opened_by: Mapping[str, Any], args: Namespace
) -> JobSummary:
    require('ray', extra='ray')
    import ray

    from fss_mm.inference.ray_job import run_on_ray

    logging.getLogger('ray').setLevel(logging.WARNING)
    ray.init(args.ray, log_to_driver=False, logging_level=logging.WARNING)
    try:
        there = ray.cluster_resources()
        gpus = int(there.get('GPU', 0)) if args.device != 'cpu' else 0
        cores = int(there.get('CPU', 1))
        cpus = max(min(args.workers, cores), 1)
        return run_on_ray(
            model,
            opened_by
            | {key: _absolute(opened_by[key]) for key in ('model', 'weights')}
            | dict(refiner=_absolute_weights(opened_by['refiner'])),
            listed_inputs(args.query),
            _job(args),
            args.block or BLOCK,
            args.overwrite,
            args.actors or gpus or max(cores // cpus, 1),
            gpus=1 if gpus else 0,
            cpus=cpus,
        )
    finally:
        ray.shutdown()


def _job(args: Namespace) -> BlockJob:
    return BlockJob(
        args.out,
        tuple(args.save),
        args.pack,
        args.batch_size,
        args.workers,
    )


def _absolute(path: str | None) -> str | None:
    """The same where an actor runs, which may be in another folder."""
    found = path and Path(path).expanduser()
    return str(found.resolve()) if found and found.exists() else path


def _absolute_weights(refiner: Mapping | str | None) -> Mapping | str | None:
    if isinstance(refiner, Mapping) and 'weights' in refiner:
        return dict(refiner, weights=_absolute(refiner['weights']))
    return refiner


def report(summary: JobSummary, out: str, mark: str = '') -> int:
    """Print a summary, list what was skipped, and return 1 if anything was.

    Args:
        summary (JobSummary): Of all processes.
        out (str): The folder of the results.
        mark (str): As in :func:`~fss_mm.inference.job.write_skipped`.
    """
    before = f'; {summary.before:,} done before' if summary.before else ''
    print(
        f'{counted(summary.done, "image")} segmented in {summary.seconds:.1f} s '
        f'({summary.rate:.2f} a second){before}: {out}'
    )
    lines = [f'{name}: {reason}' for name, reason in summary.skipped.items()]
    listed = write_skipped(out, summary.skipped, mark)
    for line in group_lines(lines):
        print(f'skipped {line}')
    if listed is not None:
        print(f'{counted(len(lines), "image")} skipped: {listed}')
    return int(bool(lines))
