"""What a model folder, as it is published, holds."""

from __future__ import annotations

from pathlib import Path

CONFIG = 'config.py'
WEIGHTS = 'model.safetensors'


def is_model_folder(path: str | Path) -> bool:
    """Whether a folder holds a config and weights as they are published."""
    return all((Path(path) / name).is_file() for name in (CONFIG, WEIGHTS))


def is_published_config(path: str | Path) -> bool:
    """Whether a file is the config of a model folder, which is read as data."""
    return Path(path).name == CONFIG and is_model_folder(Path(path).parent)
