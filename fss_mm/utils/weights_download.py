"""Weights by their address."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from urllib.parse import urlparse

import torch

from .file_lock import one_at_a_time

_HASH = re.compile(r'-([0-9a-f]{8,})\.')


def fetch(url: str) -> Path:
    """Download a file of weights, once, to where torch keeps them.

    A hash in its name (``resnet50-0676ba61.pth``) is checked.

    Args:
        url (str): Its address.

    Raises:
        OSError: If it cannot be downloaded.
        RuntimeError: If it is not what its name says.
    """
    folder = Path(torch.hub.get_dir()) / 'checkpoints'
    path = folder / PurePosixPath(urlparse(url).path).name
    folder.mkdir(parents=True, exist_ok=True)
    with one_at_a_time([path.with_name(f'.{path.name}.lock')]):
        if not path.is_file():
            known = _HASH.search(path.name)
            torch.hub.download_url_to_file(url, str(path), known and known[1])
    return path
