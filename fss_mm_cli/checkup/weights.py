"""Weights of torchvision and timm that configs start from, where they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from urllib.parse import urlparse

from .finding import ABSENT, OK, Finding

# backbones of the configs, all with IMAGENET1K_V1
NETWORKS = ('resnet50', 'resnet101', 'vgg16')
WEIGHTS = 'IMAGENET1K_V1'
# those of timm, kept by huggingface_hub
OF_TIMM = (
    'resnet50.tv_in1k',
    'vit_base_patch14_dinov2.lvd142m',
    'vit_base_patch16_224.augreg_in1k',
    'vit_small_patch14_dinov2.lvd142m',
    'vit_small_patch16_dinov3.lvd1689m',
)


def check_weights() -> Iterator[Finding]:
    """Which weights are there; the others are downloaded when a training needs them."""
    import torch
    from torchvision.models import get_model_weights

    folder = Path(torch.hub.get_dir()) / 'checkpoints'
    for name in NETWORKS:
        url = get_model_weights(name)[WEIGHTS].url
        file = folder / PurePosixPath(urlparse(url).path).name
        if file.is_file():
            yield _there(name, file)
        else:
            yield Finding(
                ABSENT,
                f'{name}: downloaded when it is needed; without a network put it there',
                f'curl -fL --create-dirs -o {file} {url}',
            )
    if find_spec('timm') is not None:  # the extras say how to get it
        yield from _of_timm()


def _of_timm() -> Iterator[Finding]:
    from huggingface_hub import try_to_load_from_cache

    for name in OF_TIMM:
        file = try_to_load_from_cache(f'timm/{name}', 'model.safetensors')
        if isinstance(file, str):
            yield _there(name, Path(file))
        else:
            yield Finding(
                ABSENT,
                f'{name}: downloaded when it is needed; without a network bring the '
                'file, and give its path: model.backbone.weights=model.safetensors',
                f'hf download timm/{name} model.safetensors',
            )


def _there(name: str, file: Path) -> Finding:
    size = file.stat().st_size / 2**20
    return Finding(OK, f'{name}: {file} ({size:.0f} MiB)')
