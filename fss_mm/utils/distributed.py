"""Several processes, with or without GPUs."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NoReturn

import torch
import torch.distributed as dist
from mmengine.config import Config
from mmengine.model import is_model_wrapper
from torch import nn

_PATIENCE = timedelta(seconds=5)
_GLANCE = 0.1  # seconds


def unwrapped(model: nn.Module) -> nn.Module:
    """A model without what distributes it."""
    return model.module if is_model_wrapper(model) else model


@contextmanager
def launched(cfg: Config, args: Namespace) -> Iterator[None]:
    """Let ``Runner.from_cfg`` run in the processes of a launcher, on a CPU as well.

    mmengine's own set-up asks for a GPU. Without one, the gloo process group is made
    here, and the model is wrapped without device ids. The block must be the last of a
    program: behind it a process of a gloo group ends.

    Args:
        cfg (Config): Changed in place: ``launcher`` and, without a GPU,
            ``model_wrapper_cfg``.
        args (Namespace): With ``launcher`` ('none', 'pytorch' or 'slurm') and
            ``local_rank``.

    Raises:
        ValueError: For slurm without a GPU.
    """
    cfg.launcher = args.launcher
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    if args.launcher != 'none':
        os.environ.setdefault(
            'MKL_NUM_THREADS', '1'
        )  # mmengine's value, with a warning
    if process_number() > 0:
        warnings.simplefilter('ignore')  # the first process says them
    if args.launcher != 'none' and not torch.cuda.is_available():
        _start_on_cpu(cfg)
    yield
    if dist.is_initialized():  # an error goes its own way: others may never arrive
        dist.barrier()
        if dist.get_backend() == 'gloo':
            leave()
        dist.destroy_process_group()


def leave(status: int = 0) -> NoReturn:
    """End the process with an exit code.

    Where there is a gloo group it ends at once. One run in ten or so aborts in gloo's
    destructors ("terminate called without an active exception"), with or without
    destroying the group first. Behind an error it does so in any group, in which others
    may wait.
    """
    if not (dist.is_initialized() and (status or dist.get_backend() == 'gloo')):
        sys.exit(status)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def is_first_to_say() -> bool:
    """Whether no other process of the run has asked this before.

    What fails in all processes is said once, and what one failure does to the others is
    not said at all. The processes meet in torchrun's store, which outlives them. Where
    there is none, as under slurm, the first speaks and the others wait to be ended
    (``--kill-on-bad-exit``) before they do.
    """
    size = os.environ.get('WORLD_SIZE') or os.environ.get('SLURM_NTASKS') or 1
    if int(size) < 2:
        return True
    start = os.environ.get('TORCHELASTIC_RESTART_COUNT', 0)
    try:
        store = _store()
        if store is not None:
            return store.add(f'fss_mm/said/{start}', 1) == 1
    except RuntimeError:  # it has just gone
        pass
    if process_number() > 0:
        time.sleep(_PATIENCE.total_seconds())
    return True


def collect(value: object) -> list | None:
    """What each process of a run has, in the first one, which waits for the others.

    The processes meet in torchrun's store, as above; no process group is needed.

    Args:
        value (object): Of this process: what JSON can hold.

    Returns:
        list | None: One for each process, in order; None in all but the first. Where
        there is no store each process stands alone and has a list of its own value.
    """
    store, size = _store(), int(os.environ.get('WORLD_SIZE') or 1)
    if store is None or size < 2:
        return [value]
    start = os.environ.get('TORCHELASTIC_RESTART_COUNT', 0)
    name = f'fss_mm/value/{start}'
    store.set(f'{name}/{process_number()}', json.dumps(value))
    store.add(f'{name}/there', 1)
    if process_number() > 0:
        return None
    while store.add(f'{name}/there', 0) < size:  # torchrun ends all if one fails
        time.sleep(_GLANCE)
    return [json.loads(store.get(f'{name}/{number}')) for number in range(size)]


def _store() -> dist.TCPStore | None:
    """The store of torchrun; None where there is none, or none any more."""
    address, port = os.environ.get('MASTER_ADDR'), os.environ.get('MASTER_PORT')
    try:
        return dist.TCPStore(
            address, int(port), timeout=_PATIENCE, wait_for_workers=False
        )
    except (RuntimeError, TypeError, ValueError):
        return None


def process_number() -> int:
    """Number of this process in its run, also before they know each other."""
    return int(os.environ.get('RANK') or os.environ.get('SLURM_PROCID') or 0)


def _start_on_cpu(cfg: Config) -> None:
    if cfg.launcher != 'pytorch':
        raise ValueError(
            f'launcher {cfg.launcher!r} needs GPUs and torch sees none; use torchrun '
            '(tools/dist_train.sh) on a CPU'
        )
    dist.init_process_group('gloo')
    cfg.model_wrapper_cfg = dict(
        type='MMDistributedDataParallel',
        device_ids=None,
        broadcast_buffers=False,
        find_unused_parameters=cfg.get('find_unused_parameters', False),
    )
