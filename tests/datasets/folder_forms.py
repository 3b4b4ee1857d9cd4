"""Four images and their masks in each form of FewShotFolderDataset."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from fss_mm.datasets import FewShotFolderDataset
from fss_mm.structures import Episode
from tests.conftest import LOAD, write_mask

MASKS = dict(  # 1 owl, 2 wren, 3 robin; 2 x 3 pixels
    a=[[1, 1, 0], [0, 0, 255]],
    b=[[1, 2, 2], [0, 0, 0]],
    c=[[2, 0, 0], [3, 3, 3]],
    d=[[0, 0, 0], [3, 3, 0]],
)
CLASSES = ('owl', 'wren', 'robin')
IMAGES = dict(owl=['a', 'b'], wren=['b', 'c'], robin=['c', 'd'])


def save_image(path: Path, size: tuple[int, int] = (3, 2)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new('RGB', size, (10, 20, 30)).save(path)


def save_mask(path: Path, mask) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_mask(path, np.array(mask), mode='L')


def write_forms(tmp_path: Path) -> Path:
    """Four images, of which each form describes the classes above."""
    for name, mask in MASKS.items():
        save_image(tmp_path / f'images/{name}.png')
        save_mask(tmp_path / f'index/{name}.png', mask)
        for class_id, title in enumerate(CLASSES, start=1):
            if class_id in np.array(mask):
                binary = (np.array(mask) == class_id) * 255
                save_mask(tmp_path / f'binary/{title}/{name}.png', binary)
    (tmp_path / 'owls.json').write_text(json.dumps(coco()))
    return tmp_path


def coco() -> dict:
    """The same as run lengths, column by column; a crowd of owls in image a."""
    images, annotations = [], []
    for number, (name, mask) in enumerate(MASKS.items()):
        images.append(dict(id=number, file_name=f'{name}.png', height=2, width=3))
        for class_id in (1, 2, 3):
            region = np.array(mask) == class_id
            if region.any():
                annotations.append(instance(number, class_id, region))
    annotations.append(instance(0, 1, np.array(MASKS['a']) == 255, crowd=1))
    names = [dict(id=i, name=title) for i, title in enumerate(CLASSES, start=1)]
    return dict(images=images, annotations=annotations, categories=names)


def instance(image: int, category: int, region: np.ndarray, crowd: int = 0) -> dict:
    flat, counts = [0, *region.ravel(order='F').astype(int).tolist()], [0]
    for before, value in zip(flat, flat[1:]):
        if value == before:
            counts[-1] += 1
        else:
            counts.append(1)
    return dict(
        id=10 * image + category,
        image_id=image,
        category_id=category,
        iscrowd=crowd,
        segmentation=dict(size=list(region.shape), counts=counts),
    )


def make(root, form: str = 'index', **kwargs) -> FewShotFolderDataset:
    given = dict(
        index=dict(mask_dir='index', classes=CLASSES),
        binary=dict(mask_dir='binary', classes=CLASSES),
        json=dict(annotations='owls.json'),
    )[form]
    kwargs = given | dict(query_pipeline=LOAD, test_mode=True) | kwargs
    if 'fold' not in kwargs:
        kwargs.setdefault('novel_classes', CLASSES)
    return FewShotFolderDataset(str(root), **kwargs)


def candidates(dataset) -> dict[str, list[str]]:
    return {
        dataset.classes[c - 1]: [dataset.index.names[i] for i in images]
        for c, images in dataset.candidates.images.items()
    }


def truth(dataset, class_id: int, image: str) -> list:
    query = dataset.index.names.index(image)
    sample = dataset[Episode(class_id, query, (query,))]['data_samples']
    return sample.gt_sem_seg.data[0].tolist()
