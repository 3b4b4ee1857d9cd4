"""Reading checkpoints: safely, and only those that fit."""

from __future__ import annotations

from pathlib import Path

from mmengine.model import BaseModel, is_model_wrapper
from mmengine.runner import CheckpointLoader


def check_fit(model: BaseModel, checkpoint: str) -> None:
    """Check that a checkpoint is one of this model.

    mmengine loads what fits and warns of the rest, so that a wrong checkpoint would
    give numbers all the same.

    Args:
        model (BaseModel): The model, wrapped or not.
        checkpoint (str): Path or address.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: Naming some of the entries that do not fit.
    """
    if '://' not in checkpoint and not Path(checkpoint).is_file():
        raise FileNotFoundError(f'checkpoint {checkpoint!r} does not exist')
    state = CheckpointLoader.load_checkpoint(checkpoint, map_location='cpu')
    state = state.get('state_dict', state)
    model = model.module if is_model_wrapper(model) else model
    own = model.state_dict()
    problems = [f'{key} is missing' for key in own if key not in state]
    problems += [f'{key} is unknown' for key in state if key not in own]
    problems += [
        f'{key} is {tuple(state[key].shape)}, expected {tuple(own[key].shape)}'
        for key in own
        if key in state and state[key].shape != own[key].shape
    ]
    if problems:
        raise ValueError(
            f'checkpoint {checkpoint!r} is of another model: {len(problems)} of '
            f'{len(own)} entries do not fit, such as: {"; ".join(problems[:4])}. Test '
            'it with the config it was trained with'
        )
