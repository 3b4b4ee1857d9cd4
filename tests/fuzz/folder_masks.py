"""Masks in other formats, of other sizes, and with other values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from .folder_world import World
from .kinds import Kind

_FORMS = dict(form=st.sampled_from(['index', 'folders']), all=st.booleans())


def _each(change: Callable[[World, dict, Path, np.ndarray], Any]) -> Callable:
    """Change each mask file of the images that are meant."""

    def apply(world: World, case: dict) -> None:
        for name in world.targets(case):
            for path, _ in world.mask_files(name):
                change(world, case, path, np.asarray(Image.open(path)))

    return apply


def _format(world: World, case: dict, path: Path, mask: np.ndarray) -> None:
    """The same values in another format."""
    image, how = Image.fromarray(mask), case['format']
    path.unlink()
    if how in _PLAIN:
        image.save(path.with_suffix(how), **_PLAIN[how])
    elif how == 'pages':
        more = [Image.fromarray(np.zeros_like(mask))]
        image.save(path.with_suffix('.tif'), save_all=True, append_images=more)
    elif how == 'jpeg in png':
        image.save(path, 'JPEG')
    elif how == 'png in jpeg':
        image.save(path.with_suffix('.jpg'), 'PNG')
    else:
        _array(world, how, path.with_suffix('.npy'), mask)


_PLAIN: dict[str, dict] = {
    '.bmp': {},
    '.tif': {},
    '.tiff': dict(compression='tiff_lzw'),
    '.jpg': {},
    '.webp': dict(lossless=True),
    '.gif': {},
    '.pgm': {},
}


def _array(world: World, how: str, path: Path, mask: np.ndarray) -> None:
    if how == 'objects':
        np.save(path, np.array([[world.planted]], dtype=object), allow_pickle=True)
        return
    array = {
        'npy': mask,
        'npy of int64': mask.astype(np.int64),
        'npy of floats': mask.astype(np.float64),
        'npy of 3 axes': mask[..., None],
        'npy of negatives': mask.astype(np.int16) - 1,
        'npy in columns': np.asfortranarray(mask),
        'npz': mask,
    }[how]
    if how == 'npz':
        with path.open('wb') as file:
            np.savez(file, mask=array)
    else:
        np.save(path, array)


def _mode(world: World, case: dict, path: Path, mask: np.ndarray) -> None:
    """The same values in another mode of Pillow's."""
    mode, image = case['mode'], Image.fromarray(mask)
    if mode in ('I;16', 'I', 'F'):
        kinds = {'I;16': np.uint16, 'I': np.int32, 'F': np.float32}
        image = Image.fromarray(mask.astype(kinds[mode]))
        path.unlink()
        image.save(path.with_suffix('.tif'))
    elif mode == 'P':
        image.putpalette([(i * 37) % 256 for i in range(768)])
        image.save(path)
    elif mode == 'short palette':
        image.putpalette([0, 0, 0, 9, 9, 9] * 2)  # Pillow writes no values beyond it
        image.save(path, bits=8)
    elif mode == 'CMYK':
        path.unlink()
        image.convert('CMYK').save(path.with_suffix('.tif'))
    elif mode == 'black alpha':
        Image.merge('LA', (Image.new('L', image.size), image)).save(path)
    elif mode == '1':
        Image.fromarray(mask > 0).save(path)
    else:
        image.convert(mode).save(path)


def _size(world: World, case: dict, path: Path, mask: np.ndarray) -> None:
    if case['how'] == 'transposed' and mask.shape[0] == mask.shape[1]:
        return
    h, w = mask.shape
    y, x = np.argwhere(mask > 0)[0]  # what is left shows the class
    changed = dict(
        half=mask[::2, ::2],
        double=mask.repeat(2, 0).repeat(2, 1),
        transposed=mask.T,
        one=mask[y : y + 1, x : x + 1],
        row=mask[y : y + 1],
        cut=mask[: h - 1],
        longer=np.pad(mask, ((0, 0), (0, 1))),
    )[case['how']]
    Image.fromarray(np.ascontiguousarray(changed)).save(path)


def _values(world: World, case: dict) -> None:
    """Other values; the truth is what the documents say that they mean."""
    for name in world.targets(case):
        for path, class_id in world.mask_files(name):
            mask, how = np.asarray(Image.open(path)).copy(), case['how']
            changed = _VALUES[how](mask)
            Image.fromarray(changed.astype(np.uint8)).save(path)
            own = class_id or int(world.truth[name].max())
            table = _INDEX if class_id == 0 else _BINARY
            if how in table:
                truth = world.truth[name] if how in _PARTS else np.zeros_like(mask)
                world.truth[name] = table[how](mask > 0, truth.copy(), own)


def _corner(mask: np.ndarray, value: int) -> np.ndarray:
    mask[0, 0] = value
    return mask


_VALUES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    'zeros': lambda m: m * 0,
    'inverted': lambda m: 255 - m,
    'swapped': lambda m: np.where(m > 0, 0, 255),
    '255': lambda m: np.where(m > 0, 255, 0),
    '127 and 128': lambda m: np.where(m > 0, 128, 127),
    '127': lambda m: np.where(m > 0, 127, 0),
    '254': lambda m: _corner(m, 254),
    '100': lambda m: _corner(m, 100),
    'void': lambda m: _corner(m, 255),
    'ones': lambda m: m * 0 + 1,
    'all void': lambda m: m * 0 + 255,
    'one and void': lambda m: _corner((m > 0) * 1, 255),
}
_PARTS = ('void', '254', '100', 'one and void')
# what is true behind a change: of the pixels of the class, the truth, its id
_INDEX: dict[str, Callable] = {
    'zeros': lambda fg, t, c: t,
    '255': lambda fg, t, c: fg * np.uint8(255),
    'swapped': lambda fg, t, c: ~fg * np.uint8(255),
    'void': lambda fg, t, c: _corner(t, 255),
    'ones': lambda fg, t, c: t + np.uint8(1),
    'all void': lambda fg, t, c: t + np.uint8(255),
    'one and void': lambda fg, t, c: _corner(fg * np.uint8(1), 255),
}
_BINARY: dict[str, Callable] = {
    'zeros': lambda fg, t, c: t,
    'inverted': lambda fg, t, c: ~fg * np.uint8(c),
    'swapped': lambda fg, t, c: ~fg * np.uint8(c),
    '254': lambda fg, t, c: _corner(t, c),
    'void': lambda fg, t, c: _corner(t, c),
    'ones': lambda fg, t, c: t + np.uint8(c),
    'all void': lambda fg, t, c: t + np.uint8(c),
    'one and void': lambda fg, t, c: _corner(t, 255),
}
_MODES = ['RGB', 'RGBA', 'LA', '1', 'P', 'I;16', 'I', 'F', 'CMYK', 'short palette']


def _bilevel(world: World, case: dict) -> None:
    """Mode '1' of index masks says class 1 wherever there was any."""
    _each(_mode)(world, case)
    if case['mode'] == '1' and world.form == 'index':
        for name in world.targets(case):
            true = world.truth[name]
            world.truth[name] = (true > 0).astype(np.uint8)


MASKS = {
    'masks in another format': Kind(
        _each(_format),
        dict(
            format=st.sampled_from(
                [
                    *_PLAIN,
                    'pages',
                    'jpeg in png',
                    'png in jpeg',
                    'objects',
                    'npz',
                    'npy',
                ]
                + ['npy of int64', 'npy of floats', 'npy of 3 axes', 'npy in columns']
                + ['npy of negatives']
            )
        )
        | _FORMS,
    ),
    'masks of another mode': Kind(
        _bilevel, dict(mode=st.sampled_from([*_MODES, 'black alpha'])) | _FORMS
    ),
    'masks of another size': Kind(
        _each(_size),
        dict(
            how=st.sampled_from(
                ['half', 'double', 'transposed', 'one', 'row', 'cut', 'longer']
            )
        )
        | _FORMS,
    ),
    'masks of other values': Kind(
        _values, dict(how=st.sampled_from([*_VALUES])) | _FORMS
    ),
}
