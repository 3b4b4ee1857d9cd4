"""The weights of a checkpoint as a safetensors file, with what they were trained on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from ..engine.checkpoint_meta import HISTORY, meta_of
from ..engine.checkpoints import check_fit
from ..engine.training_history import history_in
from ..evaluation.report import plain
from ..models import encoder_licences
from ..registry import MODELS
from ..utils.checkpoint_files import read_checkpoint, state_dict_of
from ..utils.files import sha256_of, write_atomically
from ..utils.places import without_places
from ..utils.safetensors_meta import to_texts

LICENCES = 'encoder_licences'
_KEPT = ('epoch', 'iter', 'seed', 'runs')


def weights_of(checkpoint: Path, cfg: Config) -> tuple[dict, dict[str, Any]]:
    """The model's own tensors in a checkpoint, and what is known of them.

    The states of the optimiser, the average's source (EMA) and the logs stay behind.

    Args:
        checkpoint (Path): Of torch or safetensors.
        cfg (Config): The model's experiment.

    Returns:
        tuple: Name to tensor, and ``meta``: the data set of the last training, the
        whole training history, ``source_sha256``, the hash of the checkpoint, and the
        licences of the weights that its encoders come with.

    Raises:
        UnreadableWeights: If it holds more than plain data.
        UnfitCheckpoint: If it is of another model.
    """
    found = read_checkpoint(checkpoint)
    state = state_dict_of(found)
    init_default_scope(cfg.get('default_scope') or 'fss_mm')
    model = MODELS.build(cfg.model)
    check_fit(model, state, str(checkpoint))
    given = meta_of(found)
    meta = {key: given[key] for key in _KEPT if key in given}
    meta['dataset_meta'] = without_places(plain(given['dataset_meta']))
    meta[HISTORY] = history_in(found, checkpoint.name).to_meta()
    meta[LICENCES] = encoder_licences(model)
    meta['source_sha256'] = given.get('source_sha256') or sha256_of(checkpoint)
    tensors = {k: v for k, v in state.items() if torch.is_tensor(v)}
    return tensors, meta


def write_weights(path: Path, tensors: Mapping, meta: Mapping[str, Any]) -> None:
    """Write a safetensors file.

    Raises:
        OSError: If it cannot be written; nothing is left of it then.
    """
    from safetensors.torch import save

    # copies: tensors that share memory are refused
    apart = {key: value.clone().contiguous() for key, value in tensors.items()}
    content = save(apart, metadata=to_texts(meta))
    write_atomically(path, lambda file: file.write(content))
