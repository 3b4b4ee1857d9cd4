"""A well-formed checkpoint whose content is known, and a runner that reads it."""

from __future__ import annotations

import copy
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from torch import nn

from fss_mm.engine import FewShotRunner
from fss_mm.engine.training_history import TrainingHistory

ITERATION = 7
_NUMBERS = itertools.count()
_NAMES = ('owl', 'wren', 'robin', 'tv monitor')
_DTYPES = (torch.float32, torch.float32, torch.int64, torch.float16)


@dataclass
class Truth:
    """What a checkpoint really holds.

    Args:
        state (dict[str, torch.Tensor]): Its weights.
        history (TrainingHistory): What they were trained on.
        checkpoint (dict): What is written; changes are made in it.
        form (str): 'zip', 'legacy' or 'safetensors'.
        metainfo (dict): Of the data set of a training that goes on.
    """

    state: dict[str, torch.Tensor]
    history: TrainingHistory
    checkpoint: dict[Any, Any]
    form: str
    metainfo: dict[str, Any]


def make_truth(case: dict) -> Truth:
    """A checkpoint as our trainings write it."""
    generator = torch.Generator().manual_seed(case['seed'])
    state = {
        f'layer{i}.weight': torch.randn(1 + 3 * i, 40, generator=generator)
        .mul(9)
        .to(_DTYPES[i])
        for i in range(case['tensors'])
    }
    images = np.unique(torch.randint(2**60, (5,), generator=generator).numpy())
    history = TrainingHistory(_NAMES[:3], ('Birds (train)',), images)
    metainfo = dict(
        dataset='Birds',
        classes=_NAMES,
        base_classes=(1, 2, 3),
        novel_classes=(4,),
        fold=0,
        split='train',
    )
    return Truth(
        state, history, _checkpoint(state, history, metainfo), case['form'], metainfo
    )


def _checkpoint(state: dict, history: TrainingHistory, metainfo: dict) -> dict:
    parameters = list(Holder(state).parameters())
    optimizer = torch.optim.SGD(parameters, lr=0.1, momentum=0.9)
    sum(p.float().sum() for p in parameters).backward()
    optimizer.step()
    log = dict(log=torch.ones(3), count=torch.ones(3), max_length=100)
    return dict(
        state_dict=dict(state),
        meta=dict(
            epoch=0,
            iter=ITERATION,
            seed=3,
            dataset_meta=copy.deepcopy(metainfo),
            training_history=history.to_meta(),
            runs=[('a1', 0), ('b2', 4)],
        ),
        message_hub=dict(
            log_scalars={'loss': log},
            runtime_info=dict(iter=ITERATION),
            resumed_keys={'loss': True},
        ),
        optimizer=optimizer.state_dict(),
        param_schedulers=[],
    )


class Holder(nn.Module):
    """A model of these entries, all zero."""

    def __init__(self, state: dict[str, torch.Tensor]) -> None:
        super().__init__()
        for key, value in state.items():
            layer, _, name = key.partition('.')
            self.add_module(layer, nn.Module())
            zeros = torch.zeros_like(value)
            if value.dtype == torch.float32:
                self._modules[layer].register_parameter(name, nn.Parameter(zeros))
            else:
                self._modules[layer].register_buffer(name, zeros)


class _Data(torch.utils.data.Dataset):
    def __init__(self, metainfo: dict) -> None:
        self.metainfo = metainfo

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> int:
        return index


def new_runner(
    truth: Truth, work_dir: Path, load_from: str | None = None, resume: bool = False
) -> FewShotRunner:
    """A runner of the model that the truth is of, with our hook of checkpoints."""
    runner = FewShotRunner(
        Holder(truth.state),
        str(work_dir),
        train_dataloader=torch.utils.data.DataLoader(_Data(truth.metainfo)),
        train_cfg=dict(type='IterBasedTrainLoop', max_iters=9),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9)),
        load_from=load_from,
        resume=resume,
        custom_hooks=[dict(type='CheckpointContentHook')],
        default_hooks=dict(timer=None, logger=None, checkpoint=None),
        default_scope='fss_mm',
        log_level='ERROR',
        experiment_name=f'fuzz_{next(_NUMBERS)}',
        cfg=Config(dict(load_from=load_from, resume=resume)),
    )
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    return runner


def write(truth: Truth, folder: Path) -> Path:
    """Write the checkpoint, in its form, into a work folder."""
    folder.mkdir()
    if truth.form == 'safetensors':
        return _write_safetensors(truth, folder / f'iter_{ITERATION}.safetensors')
    path = folder / f'iter_{ITERATION}.pth'
    zipped = truth.form == 'zip'
    torch.save(truth.checkpoint, path, _use_new_zipfile_serialization=zipped)
    return path


def _write_safetensors(truth: Truth, path: Path) -> Path:
    """The weights, with whatever else is text as metadata."""
    from safetensors.torch import save_file

    state, meta = truth.checkpoint.get('state_dict'), truth.checkpoint.get('meta')
    tensors = state if isinstance(state, dict) else {}
    tensors = {
        str(k): v
        for k, v in tensors.items()
        if isinstance(v, torch.Tensor) and v.layout == torch.strided and not v.is_meta
    }
    texts = {str(key): str(value) for key, value in dict(meta or {}).items()}
    save_file(tensors, path, metadata=texts)
    return path
