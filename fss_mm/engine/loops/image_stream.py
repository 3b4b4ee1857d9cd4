"""Images in the order of a plan, loaded by workers ahead of the encoder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch.utils.data import DataLoader, Dataset

from ...structures import ImageRole, LoadedImage


@dataclass(frozen=True)
class LoadFailure:
    """Why an image could not be loaded, as it travels from a worker.

    Args:
        kind (type): Of the exception.
        message (str): What it says.
    """

    kind: type
    message: str


class _Images(Dataset):
    """A data set of episodes, image by image."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def __getitem__(self, role: ImageRole) -> LoadedImage | LoadFailure:
        try:
            return self.dataset.load_image(role)
        except (OSError, ValueError) as error:
            kind = OSError if isinstance(error, OSError) else ValueError
            return LoadFailure(kind, str(error))


def image_stream(
    dataset: Dataset, roles: Iterable[ImageRole], num_workers: int
) -> Iterator[LoadedImage | LoadFailure]:
    """Load images in the given order.

    Args:
        dataset (Dataset): Has ``load_image``.
        roles (Iterable[ImageRole]): Which ones.
        num_workers (int): Processes that load ahead; 0 loads here.

    Raises:
        RuntimeError: If one of them is killed.
    """
    loader = DataLoader(
        _Images(dataset),
        batch_size=None,
        sampler=list(roles),
        num_workers=num_workers,
        collate_fn=_as_it_is,
        generator=torch.Generator(),  # not the global one, of which training draws
    )
    try:
        yield from loader
    except (ConnectionError, EOFError) as error:  # in the middle of an image
        raise RuntimeError(
            'a DataLoader worker exited unexpectedly while it sent an image; where '
            'memory is short, lower num_workers of the loader'
        ) from error


def _as_it_is(item: object) -> object:
    return item
