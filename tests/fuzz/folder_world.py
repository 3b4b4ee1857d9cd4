"""A user's folder whose truth is known: which pixel of which image is which class."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import Planted

CLASSES = ('owl', 'wren', 'robin')
FORMS = ('index', 'folders', 'coco', 'labelme')
LIST, JSON, LABELME = 'list.txt', 'annotations.json', 'annotations'
_IMAGE_SUFFIXES = ('.png', '.jpg', '.bmp', '.tif', '.webp')
_STEP = 9  # the colour of image number n is 20 + _STEP * n, by which it is known


@dataclass
class World:
    """A folder, and what is true of it.

    Args:
        root (Path): The folder.
        form (str): Of ``FORMS``.
        classes (tuple[str, ...]): Those that are annotated.
        truth (dict[str, np.ndarray]): Name of an image to (H, W) uint8: class ids,
            255 for what counts nowhere. A kind changes it where it changes what a
            reader is to find; one that spoils a file leaves it as it is.
        colors (dict[str, int]): The grey of each image, within a JPEG's error.
        free (set[str]): Images of which nothing is known any more.
        options (dict): What is said to the reader, beside where the files lie.
        table (dict): What becomes COCO's JSON; kinds change it before it is written.
        planted (Planted): A command that no reader may run.
    """

    root: Path
    form: str
    classes: tuple[str, ...]
    truth: dict[str, np.ndarray]
    planted: Planted
    colors: dict[str, int] = field(default_factory=dict)
    free: set[str] = field(default_factory=set)
    options: dict[str, Any] = field(default_factory=dict)

    def names(self) -> list[str]:
        return sorted(self.truth)

    def target(self, case: dict) -> str:
        """Name of the image that is to be spoilt."""
        names = self.names()
        return names[case['target'] % len(names)]

    def targets(self, case: dict) -> list[str]:
        """The one, or all."""
        return self.names() if case.get('all') else [self.target(case)]

    def image_files(self, name: str) -> list[Path]:
        return [p for p in (self.root / 'images').rglob('*') if _is_of(p, name)]

    def mask_files(self, name: str) -> list[tuple[Path, int]]:
        """Each mask of an image, with its class; 0 for an index mask."""
        files = sorted(p for p in (self.root / 'masks').rglob('*') if _is_of(p, name))
        if self.form == 'index':
            return [(path, 0) for path in files]
        return [(p, 1 + self.classes.index(p.parent.name)) for p in files]

    def remake_masks(self, name: str) -> None:
        """Write masks anew from the truth."""
        if self.form == 'index':
            save_mask(self.root / f'masks/{name}.png', self.truth[name])
            return
        for class_id, label in enumerate(self.classes, start=1):
            own = self.truth[name] == class_id
            path = self.root / f'masks/{label}/{name}.png'
            path.unlink(missing_ok=True)
            if own.any():
                save_mask(path, own * np.uint8(255))


def _is_of(path: Path, name: str) -> bool:
    return path.stem == name and not path.is_dir()


def base_draws() -> dict[str, st.SearchStrategy]:
    """What is drawn of a folder that is as it should be."""
    return dict(
        seed=st.integers(0, 2**16),
        images=st.integers(6, 8),
        classes=st.integers(2, 3),
        form=st.sampled_from(FORMS),
        suffix=st.sampled_from(_IMAGE_SUFFIXES),
        target=st.integers(0, 7),
    )


def make_world(case: dict, root: Path) -> World:
    """Draw the images and write all files."""
    random = np.random.default_rng(case['seed'])
    classes = CLASSES[: case['classes']]
    world = World(root, case['form'], classes, {}, Planted(root.parent))
    (root / 'images').mkdir(parents=True)
    for number in range(case['images']):
        name = f'pic{number}'
        shape = random.integers(40, 64, 2)
        world.truth[name] = _drawn(shape, 1 + number % len(classes), random)
        world.colors[name] = 20 + _STEP * number
        pixels = np.full((*shape, 3), world.colors[name], np.uint8)
        Image.fromarray(pixels).save(root / f'images/{name}{case["suffix"]}')
    if world.form == 'index':
        world.options['classes'] = classes
        (root / 'masks').mkdir()
    for label in classes if world.form == 'folders' else ():
        (root / 'masks' / label).mkdir(parents=True)
    if world.form in ('index', 'folders'):
        for name in world.truth:
            world.remake_masks(name)
    else:
        world.options['annotations'] = JSON if world.form == 'coco' else LABELME
        write_annotations(world)
    return world


def _drawn(shape: np.ndarray, class_id: int, random: np.random.Generator) -> np.ndarray:
    """A rectangle of one class."""
    height, width = map(int, shape)
    mask = np.zeros((height, width), np.uint8)
    y, x = random.integers(2, 12, 2)
    h, w = random.integers(20, 26, 2)
    mask[y : y + h, x : x + w] = class_id
    return mask


def box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what a mask shows."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    x, y, u, v = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return int(x), int(y), int(u), int(v)


def save_mask(path: Path, mask: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask).save(path)


def image_path(world: World, name: str) -> str:
    return world.image_files(name)[0].relative_to(world.root / 'images').as_posix()


def coco_table(world: World) -> dict[str, Any]:
    """COCO's JSON of the truth."""
    names = world.names()
    images = [
        dict(
            id=number,
            file_name=image_path(world, name),
            height=world.truth[name].shape[0],
            width=world.truth[name].shape[1],
        )
        for number, name in enumerate(names, start=1)
    ]
    annotations = []
    for number, name in enumerate(names, start=1):
        x, y, u, v = box_of(world.truth[name])
        own = dict(
            id=100 + number,
            image_id=number,
            category_id=int(world.truth[name].max()),
            iscrowd=0,
            bbox=[x, y, u - x, v - y],
            area=(u - x) * (v - y),
            segmentation=[[x, y, u, y, u, v, x, v]],
        )
        annotations.append(own)
    categories = [dict(id=i, name=n) for i, n in enumerate(world.classes, start=1)]
    return dict(images=images, annotations=annotations, categories=categories)


def labelme_table(world: World, name: str) -> dict[str, Any]:
    """LabelMe's JSON of an image."""
    mask = world.truth[name]
    x, y, u, v = box_of(mask)
    shape = dict(
        label=world.classes[int(mask.max()) - 1],
        points=[[x, y], [u, y], [u, v], [x, v]],
        shape_type='polygon',
    )
    return dict(
        version='5.0',
        imagePath=f'../images/{image_path(world, name)}',
        imageHeight=mask.shape[0],
        imageWidth=mask.shape[1],
        imageData=None,
        shapes=[shape],
    )


def write_annotations(world: World) -> None:
    """Write the JSONs of a form that has some."""
    if world.form == 'coco':
        (world.root / JSON).write_text(json.dumps(coco_table(world)))
        return
    (world.root / LABELME).mkdir(exist_ok=True)
    for name in world.names():
        path = world.root / LABELME / f'{name}.json'
        path.write_text(json.dumps(labelme_table(world, name)))
