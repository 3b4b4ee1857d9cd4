"""Several processes, with or without GPUs."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

import torch
import torch.distributed as dist
from mmengine.config import Config


def add_launcher_arguments(parser: ArgumentParser) -> None:
    """Add the arguments by which torchrun and slurm start a process."""
    parser.add_argument(
        '--launcher',
        choices=('none', 'pytorch', 'slurm'),
        default='none',
        help='what starts the processes',
    )
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def prepare_launcher(cfg: Config, args: Namespace) -> None:
    """Let ``Runner.from_cfg`` run in the processes of a launcher, on a CPU as well.

    mmengine's own set-up asks for a GPU. Without one, the gloo process group is made
    here, and the model is wrapped without device ids.

    Args:
        cfg (Config): Changed in place: ``launcher`` and, without a GPU,
            ``model_wrapper_cfg``.
        args (Namespace): With the arguments of :func:`add_launcher_arguments`.

    Raises:
        ValueError: For slurm without a GPU.
    """
    cfg.launcher = args.launcher
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    if args.launcher == 'none' or torch.cuda.is_available():
        return
    if args.launcher != 'pytorch':
        raise ValueError(
            f'launcher {args.launcher!r} needs GPUs and torch sees none; use torchrun '
            '(tools/dist_train.sh) on a CPU'
        )
    dist.init_process_group('gloo')
    cfg.model_wrapper_cfg = dict(
        type='MMDistributedDataParallel',
        device_ids=None,
        broadcast_buffers=False,
        find_unused_parameters=cfg.get('find_unused_parameters', False),
    )
