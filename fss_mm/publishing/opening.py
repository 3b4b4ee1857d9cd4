"""Open a model folder, of this machine or by its name on the Hugging Face hub."""

from __future__ import annotations

import re
from pathlib import Path

from mmengine.config import Config

from ..utils.config_files import configs_folder
from ..utils.config_options import read_config
from ..utils.extras import require
from ..utils.hub_errors import hub_asked_once, hub_error
from ..utils.model_folder import CONFIG, WEIGHTS, is_model_folder

_HUB_NAME = re.compile(r'([\w-][\w.-]*/[\w-][\w.-]*)(?:@([\w./-]+))?')


def open_model(name: str | Path, trust: bool = False) -> tuple[Config, Path]:
    """Open a published model.

    Nothing of it is run: its config is read as data, and its weights are safetensors.

    Args:
        name (str | Path): A model folder, or ``user/name`` or ``user/name@revision`` on
            the hub, which is downloaded (and kept by huggingface_hub).
        trust (bool): Import the modules that its config names, and allow types that are
            registered nowhere, and any paths. Defaults to False: such a config is
            refused.

    Returns:
        tuple[Config, Path]: The whole experiment, and the file of the weights.

    Raises:
        FileNotFoundError: If there is no such folder or model.
        PermissionError: If the hub does not give it to you.
        ConnectionError: If the hub cannot be reached.
        OSError: If what is downloaded cannot be written.
        ImportError: If huggingface_hub is not installed.
        ValueError: If the config would run code, or is malformed.
    """
    folder = _folder_of(name)
    if not is_model_folder(folder):
        raise FileNotFoundError(
            f'{str(name)!r} is no model folder: expected {CONFIG} and {WEIGHTS} in it, '
            'as `fss-mm publish` writes them'
        )
    return read_config(folder, trust), folder / WEIGHTS


def is_hub_name(name: str | Path) -> bool:
    """Whether a name can only be one on the hub: ``user/name``, and no config's."""
    if not isinstance(name, str) or not _HUB_NAME.fullmatch(name):
        return False
    folder = name.partition('/')[0]
    return not Path(folder).exists() and not (configs_folder() / folder).is_dir()


def _folder_of(name: str | Path) -> Path:
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    match = _HUB_NAME.fullmatch(str(name))
    if match is None:
        raise FileNotFoundError(
            f'{str(name)!r} is no folder, and no name on the hub (user/name)'
        )
    return _download(*match.groups())


def _download(repo: str, revision: str | None) -> Path:
    """The folder of a model on the hub, downloaded where it is not there yet."""
    require('huggingface_hub', extra='hub')
    from huggingface_hub import snapshot_download

    files = [CONFIG, WEIGHTS, 'README.md', 'LICENSE']
    try:
        with hub_asked_once():
            found = snapshot_download(repo, revision=revision, allow_patterns=files)
        return Path(found)
    except Exception as error:  # of many kinds, of the client and of what it uses
        raise hub_error(error, repo, revision) from error
