"""Photographs with two drawn birds, and COCO's JSONs as tools write them."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from fss_mm.index.instances import rle_of

HEIGHT, WIDTH, NUMBER = 40, 60, 8
ROOT_CATEGORY = dict(id=0, name='birds', supercategory='none')
CATEGORIES = [dict(id=1, name='owl'), dict(id=2, name='wren')]


def box_of(category: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom."""
    return (5, 5, 25, 20) if category == 1 else (35, 10, 50, 30)


def polygon(x: int, y: int, u: int, v: int) -> list[list[float]]:
    return [[x, y, u, y, u, v, x, v]]


def run_lengths(x: int, y: int, u: int, v: int) -> dict:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[y:v, x:u] = True
    rle = rle_of(mask)
    return rle | dict(counts=rle['counts'].decode())


def shown(i: int) -> tuple[int, ...]:
    """Which of the two an image shows: owls in even ones, wrens in odd ones."""
    return (1 + i % 2,)


def coco_tree(
    root: Path,
    img_dir: str = 'images',
    json_path: str = 'a.json',
    categories: list[dict] = CATEGORIES,
    file_name: str = '{i:03}.jpg',
    size: tuple[int, int] = (HEIGHT, WIDTH),
    exif: int = 1,
    shown: Callable[[int], tuple[int, ...]] = shown,
    draw: Callable[[int, tuple[int, int, int, int]], dict] | None = None,
) -> Path:
    """Eight images and a JSON.

    Args:
        draw: Number of the image and box of the object, to the fields of its
            annotation. Defaults to a polygon.
    """
    draw = draw or (lambda i, box: dict(segmentation=polygon(*box)))
    images, annotations = [], []
    for i in range(NUMBER):
        save_photograph(root / img_dir / f'{i:03}.jpg', i, shown(i), exif)
        name = file_name.format(i=i)
        images.append(dict(id=i, file_name=name, height=size[0], width=size[1]))
        for category in shown(i):
            own = draw(i, box_of(category))
            ids = dict(id=len(annotations), image_id=i, category_id=category)
            annotations.append(ids | dict(iscrowd=0) | own)
    table = dict(images=images, annotations=annotations, categories=categories)
    (root / json_path).parent.mkdir(parents=True, exist_ok=True)
    (root / json_path).write_text(json.dumps(table))
    return root


def save_photograph(
    path: Path,
    seed: int,
    categories: tuple[int, ...],
    exif: int = 1,
    size: tuple[int, int] = (HEIGHT, WIDTH),
) -> None:
    pixels = np.random.default_rng(seed).integers(0, 80, (*size, 3), np.uint8)
    for category in categories:
        x, y, u, v = box_of(category)
        pixels[y:v, x:u, category] = 250
    tag = Image.Exif()
    tag[0x0112] = exif
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, exif=tag)


def index_masks(root: Path, shown: Callable[[int], tuple[int, ...]]) -> Path:
    """The same images with index masks."""
    (root / 'masks').mkdir(parents=True)
    for i in range(NUMBER):
        save_photograph(root / f'images/{i:03}.jpg', i, shown(i), 1)
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        for category in shown(i):
            x, y, u, v = box_of(category)
            mask[y:v, x:u] = category
        Image.fromarray(mask).save(root / f'masks/{i:03}.png')
    return root


def labelme_tree(root: Path, folder: str = 'images') -> Path:
    """The same images with LabelMe's JSONs: rectangles of owls, polygons of wrens."""
    for i in range(NUMBER):
        (category,) = shown(i)
        save_photograph(root / f'images/{i:03}.jpg', i, (category,), 1)
        x, y, u, v = box_of(category)
        points = [[x, y], [u, v]] if category == 1 else [[x, y], [u, y], [u, v], [x, v]]
        shape = dict(
            label=CATEGORIES[category - 1]['name'],
            points=points,
            shape_type='rectangle' if category == 1 else 'polygon',
        )
        table = dict(
            shapes=[shape],
            imagePath=f'../images/{i:03}.jpg',
            imageHeight=HEIGHT,
            imageWidth=WIDTH,
        )
        path = root / folder / f'{i:03}.json'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(table))
    return root
