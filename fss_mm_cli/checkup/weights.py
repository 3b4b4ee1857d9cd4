"""Weights of torchvision that configs start from, where torch keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import urlparse

from .finding import ABSENT, OK, Finding

# backbones of the configs, all with IMAGENET1K_V1
NETWORKS = ('resnet50', 'resnet101', 'vgg16', 'vit_b_16')
WEIGHTS = 'IMAGENET1K_V1'


def check_weights() -> Iterator[Finding]:
    """Which weights are there; the others are downloaded when a training needs them."""
    import torch
    from torchvision.models import get_model_weights

    folder = Path(torch.hub.get_dir()) / 'checkpoints'
    for name in NETWORKS:
        url = get_model_weights(name)[WEIGHTS].url
        file = folder / PurePosixPath(urlparse(url).path).name
        if file.is_file():
            size = file.stat().st_size / 2**20
            yield Finding(OK, f'{name}: {file} ({size:.0f} MiB)')
        else:
            yield Finding(
                ABSENT,
                f'{name}: downloaded when it is needed; without a network put it there',
                f'curl -fL --create-dirs -o {file} {url}',
            )
