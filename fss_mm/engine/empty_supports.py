"""Classes of which no support shows a pixel behind its pipeline.

A score of such a class is 0 whatever the method does, and training it teaches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch.utils.data import DataLoader, Dataset

from ..structures import SUPPORT, ImageRole

DRAWS = 4  # of a pipeline that draws at random, before an image counts as empty


def require_supports(loader: DataLoader) -> None:
    """Check that of each class at least one support shows a pixel.

    For a list of episodes, its own supports are looked at; for episodes without end,
    all that could be drawn. A class is done with the first support that shows it, so
    that little is loaded where nothing is wrong.

    Args:
        loader (DataLoader): Of a training, a validation or a test. Data sets that do
            not load image by image are not looked at.

    Raises:
        ValueError: Naming the classes, how many supports each has and at which size.
    """
    blind = [
        f'{name!r} ({supports} supports at {height} x {width})'
        for name, (supports, (height, width)) in blind_classes(loader).items()
    ]
    if blind:
        raise ValueError(
            f'no support shows a pixel of its class: {", ".join(blind)} (height x '
            'width): small objects vanish when their masks are resized. Use a larger '
            'size in support_pipeline (fss-mm browse shows '
            'what is left), or leave these classes out'
        )


def blind_classes(loader: DataLoader) -> dict[str, tuple[int, tuple[int, int]]]:
    """Classes of which no support shows a pixel.

    Args:
        loader (DataLoader): As in :func:`require_supports`; its ``dataset`` and
            ``sampler`` are looked at.

    Returns:
        dict[str, tuple[int, tuple[int, int]]]: Name to the number of supports and the
        height and width of one behind the pipeline.
    """
    dataset, found = loader.dataset, {}
    for class_id, roles in supports_by_class(loader).items():
        size = _size_without_class(dataset, roles)
        if size is not None:
            found[dataset.metainfo['classes'][class_id - 1]] = len(roles), size
    return found


def supports_by_class(loader: DataLoader) -> dict[int, list[ImageRole]]:
    """The supports of a loader's episodes, each once, by class.

    Empty for data sets that do not load image by image, and for trainings that are not
    episodic.
    """
    dataset, sampler = loader.dataset, loader.sampler
    without = not getattr(sampler, 'with_supports', True)
    if without or not hasattr(dataset, 'load_image'):
        return {}
    roles: Iterable[ImageRole]
    if hasattr(sampler, 'all_episodes'):
        episodes = sampler.all_episodes()
        roles = (role for e in episodes for role in dataset.image_roles(e)[1:])
    else:
        roles = (ImageRole(i, c, SUPPORT) for c, i in dataset.candidates.pairs)
    found: dict[int, dict[ImageRole, None]] = {}
    for role in roles:
        found.setdefault(role.class_id, {})[role] = None
    return {class_id: list(own) for class_id, own in sorted(found.items())}


def _size_without_class(
    dataset: Dataset, roles: Sequence[ImageRole]
) -> tuple[int, int] | None:
    """Size (height, width) of supports of which none shows its class; else None."""
    size = None
    for role in roles:
        for draw in range(DRAWS):
            try:
                image = dataset.load_image(role, (draw,))
            except (OSError, ValueError):
                return None  # the loop says which, and which episodes need it
            if image.meta['class_pixels'] != 0:
                return None
            size = image.meta['img_shape']
            if image.meta['key'] is not None:  # nothing is drawn: always the same
                break
    return size
