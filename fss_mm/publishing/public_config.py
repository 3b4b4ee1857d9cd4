"""The config of an experiment as others can use it: resolved, and of no machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ..engine.config_parts import OF_CONFIGS, OF_RUNNERS
from ..engine.past_of_weights import WEIGHTS_ENDS, WEIGHTS_KEYS
from ..utils.places import without_places

# of one run, or of one machine; notes and tests are those of a protocol's command
_OF_RUNS = ('cfg', 'experiment_name', 'launcher', 'notes', 'tests', 'work_dir')
_KEPT = {*OF_RUNNERS, *OF_CONFIGS, 'auto_scale_lr'} - {*_OF_RUNS}


def config_of(source: str | Path) -> Path:
    """The config that a training wrote into its work folder.

    Args:
        source (str | Path): The work folder, or a checkpoint in it.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If there are several.
    """
    source = Path(source).expanduser()
    folder = source if source.is_dir() else source.parent
    found = sorted(folder.glob('*.py'))
    if not found:
        raise FileNotFoundError(f'no config in {str(folder)!r}; name it: config=...')
    if len(found) > 1:
        names = [path.name for path in found]
        raise ValueError(
            f'{str(folder)!r} holds several configs, {names}; name the one that the '
            'weights were trained with: config=...'
        )
    return found[0]


def public_config(cfg: Config) -> dict[str, Any]:
    """The fields of a config that belong to the model and not to the machine.

    Files of weights that it starts from are left out, as are variables that nobody
    reads, and a refiner with weights of its own, such as SAM's: they are no part of the
    model, and whoever opens it chooses whether to fetch them. Paths are file names
    alone (:func:`.without_places`).

    Args:
        cfg (Config): A whole experiment.
    """
    fields = {key: value for key, value in cfg.to_dict().items() if key in _KEPT}
    fields['model'] = _without_files(fields['model'])
    if 'weights' in (fields['model'].get('refiner') or {}):
        fields['model']['refiner'] = None
    return without_places(fields) | dict(load_from=None, resume=False)


def _without_files(value: Any) -> Any:
    """A model without the local files of weights that it names."""
    if isinstance(value, Mapping):
        if value.get('type') == 'Pretrained' and _is_file(value.get('checkpoint')):
            return None
        return {
            key: None
            if key in WEIGHTS_KEYS and _is_file(item)
            else _without_files(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return type(value)(_without_files(item) for item in value)
    return value


def _is_file(value: Any) -> bool:
    is_name = isinstance(value, str) and value.endswith(WEIGHTS_ENDS)
    return is_name and '://' not in value
