"""A user's own data, small and without a fault, for tests to spoil."""

from pathlib import Path

import numpy as np
from mmengine.config import Config
from PIL import Image

from fss_mm.registry import DATASETS
from tests.conftest import ROOT

HEIGHT, WIDTH = 6, 8
CLASSES = ('owl', 'wren')
PALETTE = [0, 0, 0, 200, 0, 0, 0, 200, 0]


def index_mask(value: int = 1) -> np.ndarray:
    """A rectangle of 6 pixels, and one ignored pixel."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[1:3, 2:5] = value
    mask[5, 7] = 255
    return mask


def binary_mask(foreground: int = 255) -> np.ndarray:
    """A rectangle of 6 pixels."""
    return np.where(index_mask() == 1, foreground, 0).astype(np.uint8)


def photograph(seed: int = 0, height: int = HEIGHT, width: int = WIDTH) -> Image.Image:
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def save_index(path: Path, mask: np.ndarray, palette: list[int] = PALETTE) -> None:
    image = Image.fromarray(mask)
    image.putpalette([*palette, *[9] * (765 - len(palette)), 255, 255, 255])
    image.save(path)


def save_gray(path: Path, mask: np.ndarray) -> None:
    Image.fromarray(mask).save(path)


def index_tree(root: Path) -> Path:
    """Images and index masks a, b (owls), c and d (wrens)."""
    for folder in ('images', 'masks'):
        (root / folder).mkdir(parents=True)
    for number, name in enumerate('abcd'):
        photograph(number).save(root / f'images/{name}.png')
        save_index(root / f'masks/{name}.png', index_mask(1 + number // 2))
    return root


def class_tree(root: Path) -> Path:
    """The same images, with a mask of the class in ``owl`` or ``wren``."""
    for folder in ('images', 'masks/owl', 'masks/wren'):
        (root / folder).mkdir(parents=True)
    for number, name in enumerate('abcd'):
        photograph(number).save(root / f'images/{name}.png')
        save_gray(root / f'masks/{CLASSES[number // 2]}/{name}.png', binary_mask())
    return root


def only(problems, *words):
    """The one problem, which says all of the words and how to mend it."""
    lines = [line for line in problems if '; ' in line and ': ' in line]
    assert len(lines) == 1 and problems[-2] == '1 problem:', problems
    for word in words:
        assert word in lines[0]


def build(folder: str, out: str, **kwargs):
    """The data set of the base config, with the lines that were printed to paste."""
    pasted = {}
    exec(out[out.index('_folder = dict(') :], pasted)
    config = Config.fromfile(ROOT / 'configs/_base_/datasets/folder.py')
    config.merge_from_dict(
        {k: v for k, v in pasted.items() if k.endswith('_dataloader')}
    )
    return DATASETS.build(config[f'{folder}_dataloader']['dataset'] | kwargs)
