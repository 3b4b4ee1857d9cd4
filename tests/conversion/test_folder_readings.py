"""Masks and images as people have them: one line for a cause, whose remedy works."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from fss_mm.registry import DATASETS
from tests.conversion.folder_trees import photograph

CLASSES = ('owl', 'wren')
HEIGHT, WIDTH = 6, 8
VALUE = r"(?:'[^']*'|[^\s();,']+)"
OPTION = re.compile(
    rf'(--[a-z-]+(?: {VALUE})+) \(in a config (\w+=(?:\([^)]*\)|\{{[^}}]*\}}|[^)]*))\)'
)


def index_mask(number: int) -> np.ndarray:
    """Owls on 6 pixels of even images, wrens on 8 of odd ones."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    if number % 2:
        mask[0:4, 5:7] = 2
    else:
        mask[1:3, 2:5] = 1
    return mask


def save(path: Path, content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == '.npy':
        np.save(path, content)
    elif isinstance(content, np.ndarray):
        Image.fromarray(content).save(path, quality=95)
    else:
        content.save(path)


def index_tree(
    root: Path, mask='masks/{}.png', image='images/{}.jpg', change=lambda mask: mask
) -> None:
    for number in range(6):
        save(root / image.format(number), photograph(number))
        save(root / mask.format(number), change(index_mask(number)))


def class_tree(
    root: Path, mask='masks/{}/{}.png', change=lambda binary: binary
) -> None:
    for number in range(6):
        save(root / f'images/{number}.jpg', photograph(number))
        for class_id, name in enumerate(CLASSES, start=1):
            binary = (index_mask(number) == class_id).astype(np.uint8)
            if binary.any():
                save(root / mask.format(name, number), change(255 * binary))


def deep_images(root: Path, kind, highest: float, suffix: str) -> None:
    index_tree(root)
    for number in range(6):
        (root / f'images/{number}.jpg').unlink()
        pixels = np.linspace(0, highest, 48).reshape(6, 8)
        pixels = np.roll(pixels, number).astype(kind)
        save(root / f'images/{number}.{suffix}', Image.fromarray(pixels))


def instances(root: Path) -> None:
    """Two files for each mask, which overlap in a column."""
    class_tree(root)
    for path in list((root / 'masks').rglob('*.png')):
        mask = np.array(Image.open(path))
        first = np.flatnonzero(mask.any(axis=0))[0] + 1
        left, right = mask.copy(), mask.copy()
        left[:, first:], right[:, : first - 1] = 0, 0
        save(path.with_name(f'{path.stem}_0.png'), left)
        save(path.with_name(f'{path.stem}_1.png'), right)
        path.unlink()


def grey_corner(binary: np.ndarray) -> np.ndarray:
    binary[5, :2] = 127
    return binary


def with_void(mask: np.ndarray) -> np.ndarray:
    mask[5] = 254
    return mask


def white(mask: np.ndarray) -> np.ndarray:
    return np.where(mask > 0, 255, 0).astype(np.uint8)


BOTH = {'owl': (3, 18), 'wren': (3, 24)}
ONE = {'crack': (6, 42)}
CASES = {
    'mask suffix': (lambda root: index_tree(root, 'masks/{}_mask.png'), CLASSES, BOTH),
    'two suffixes': (lambda root: index_tree(root, 'masks/{}.jpg.png'), CLASSES, BOTH),
    'Cityscapes': (
        lambda root: index_tree(
            root, 'masks/{}_gtFine_labelIds.png', 'images/{}_leftImg8bit.png'
        ),
        CLASSES,
        BOTH,
    ),
    'one folder': (
        lambda root: index_tree(root, 'images/{}.png', 'images/{}.bmp'),
        CLASSES,
        BOTH,
    ),
    'one folder, suffix': (
        lambda root: index_tree(root, 'images/{}_mask.png', 'images/{}.png'),
        CLASSES,
        BOTH,
    ),
    'a file for each instance': (instances, (), BOTH),
    'suffix in class folders': (
        lambda root: class_tree(root, 'masks/{}/{}_seg.png'),
        (),
        BOTH,
    ),
    'ids with gaps': (
        lambda root: index_tree(
            root, change=lambda m: np.where(m == 2, 5, m).astype('u1')
        ),
        CLASSES,
        BOTH,
    ),
    'ids from 1, which is background': (
        lambda root: index_tree(root, change=lambda mask: mask + 1),
        CLASSES,
        BOTH,
    ),
    'void 254': (lambda root: index_tree(root, change=with_void), CLASSES, BOTH),
    'white in index masks': (
        lambda root: index_tree(root, change=white),
        ['crack'],
        ONE,
    ),
    'grey in index masks': (
        lambda root: index_tree(root, change=lambda mask: white(mask) // 2),
        ['crack'],
        ONE,
    ),
    'inverted': (
        lambda root: class_tree(root, change=lambda binary: 255 - binary),
        (),
        BOTH,
    ),
    'JPEG masks': (lambda root: class_tree(root, 'masks/{}/{}.jpg'), (), None),
    'JPEG masks of one class': (
        lambda root: index_tree(root, 'masks/{}.jpg', change=white),
        ['crack'],
        None,
    ),
    'grey beside white': (lambda root: class_tree(root, change=grey_corner), (), BOTH),
    'grey alone': (
        lambda root: class_tree(root, change=lambda binary: binary // 2),
        (),
        BOTH,
    ),
    '16 bits': (lambda root: deep_images(root, np.uint16, 40000, 'png'), CLASSES, BOTH),
    'floats': (lambda root: deep_images(root, np.float32, 0.7, 'tif'), CLASSES, BOTH),
}


def arguments(root: Path, classes, case: str) -> list[str]:
    folder = ['--mask-dir', 'images'] if case.startswith('one folder') else []
    return [
        root,
        *folder,
        *(['--classes', *classes] if classes else []),
        '--workers',
        '1',
    ]


@pytest.mark.parametrize('case', CASES)
def test_one_line_whose_remedy_works(tool, tmp_path, case):
    make, classes, counts = CASES[case]
    root = tmp_path / 'birds'
    make(root)
    given = arguments(root, classes, case)
    status, out, err = tool('folder', *given)
    lines = [line for line in f'{err}\n{status}'.splitlines() if '; ' in line]
    assert status != 0 and len(lines) == 1, (status, err)
    found = OPTION.findall(lines[0])
    assert found, lines
    number = 2 if case == 'Cityscapes' else 1
    taken = [word for line, _ in found[:number] for word in shlex.split(line)]
    if '--classes' in taken:
        given = arguments(root, (), case)
    status, out, err = tool('folder', *given, *taken)
    assert status == 0, (taken, err)
    config = tmp_path / 'config.py'
    config.write_text(out[out.index('_base_ = ') :])
    pasted = Config.fromfile(config).test_dataloader.dataset
    dataset = DATASETS.build(pasted)
    written = {}
    for _, text in found[:number]:
        written |= eval(f'dict({text})')
    known = dict(pasted | written, novel_classes=dataset.classes, fold=None, folds=None)
    for one in (dataset, DATASETS.build(known)):  # as printed, and as the line says
        assert counts is None or counted(one) == counts


def counted(dataset) -> dict[str, tuple[int, int]]:
    """Images and pixels of each class."""
    index = dataset.index
    return {
        name: (
            len(index.images_with(class_id)),
            int(index.pixels[index.class_ids == class_id].sum()),
        )
        for class_id, name in enumerate(dataset.classes, start=1)
    }


def test_a_large_class_is_as_it_is_on_request(tool, tmp_path):
    class_tree(tmp_path, change=lambda binary: 255 - binary)
    status, out, _ = tool('folder', tmp_path, '--foreground', 'white')
    assert status == 0 and "foreground='white'" in out


def test_only_one_class_is_inverted(tool, tmp_path):
    class_tree(tmp_path)
    for path in (tmp_path / 'masks/owl').iterdir():
        save(path, 255 - np.array(Image.open(path)))
    status, _, err = tool('folder', tmp_path)
    assert status == 1 and 'masks/owl/ (on 88% of the pixels): nearly all' in err
    assert 'if so, invert these masks; if not, --foreground white' in err


def test_index_masks_in_the_folder_of_a_class(tool, tmp_path):
    index_tree(tmp_path, 'masks/owl/{}.png')
    _, _, err = tool('folder', tmp_path)
    assert 'the class has values 1, 2: if these are ids of classes, put the' in err


def test_values_without_a_name_are_counted(tool, tmp_path):
    index_tree(tmp_path)
    status, out, _ = tool('folder', tmp_path, '--classes', '1=owl')
    assert status == 0
    assert 'values without a name are background: 2 (3 masks, 24 pixels)' in out
    assert 'values of the classes: 1 owl' in out
    _, out, _ = tool('folder', tmp_path, '--classes', 'background', *CLASSES)
    assert 'ids of the classes start at 1: 0 background, 1 owl, 2 wren' in out


def test_arrays_are_masks(tool, tmp_path):
    index_tree(tmp_path, 'masks/{}.npy', change=lambda mask: mask.astype(np.int64))
    status, out, err = tool('folder', tmp_path, '--classes', *CLASSES)
    assert status == 0, err
    rows = [line.split() for line in out.splitlines()]
    assert ['1', 'owl', '3', '18'] in rows and ['2', 'wren', '3', '24'] in rows


@pytest.mark.parametrize(
    'content, words',
    [
        (
            np.ones((3, HEIGHT, WIDTH), int),
            'of shape (3, 6, 8) and type int64, expected',
        ),
        (np.ones((HEIGHT, WIDTH)), 'and type float64, expected (height, width)'),
        (np.full((HEIGHT, WIDTH), 300), 'values from 300 to 300, expected 0 to 255; '),
        (np.array([[{}]]), 'an array of objects, or none at all; save whole numbers'),
    ],
)
def test_arrays_that_are_none(tool, tmp_path, content, words):
    index_tree(tmp_path, 'masks/{}.npy')
    np.save(tmp_path / 'masks/0.npy', content, allow_pickle=True)
    status, _, err = tool('folder', tmp_path, '--classes', *CLASSES)
    assert status == 1
    assert [
        line
        for line in err.splitlines()
        if f'masks/0.npy: {words}' in line or words in line
    ]


def test_deep_masks_are_converted_as_the_line_says(tool, tmp_path):
    index_tree(tmp_path / 'birds', change=lambda mask: mask.astype(np.uint16))
    _, _, err = tool('folder', tmp_path / 'birds', '--classes', *CLASSES)
    assert '--masks-out FOLDER --to-8-bit' in err
    clean = ['--masks-out', tmp_path / 'clean', '--to-8-bit', '--classes', *CLASSES]
    status, out, _ = tool('folder', tmp_path / 'birds', *clean)
    assert status == 0 and 'check them with --mask-dir ../clean' in out
    again = ['--mask-dir', '../clean', '--classes', *CLASSES]
    assert tool('folder', tmp_path / 'birds', *again)[0] == 0


def test_range_of_images(tool, tmp_path):
    deep_images(tmp_path, np.uint16, 4000, 'png')
    known = ['--classes', *CLASSES, '--img-range', '0', '2000']
    status, out, err = tool('folder', tmp_path, *known)
    assert status == 0, err
    assert '6 images are scaled from 0 ... 2000 to 8 bits; 6 of them have values' in out
