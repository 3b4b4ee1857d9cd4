"""Files that are damaged, are something else, or claim to be huge."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from .folder_world import World
from .kinds import Kind

_OTHER = dict(
    text=b'see the other folder\n',
    lfs=b'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n',
    empty=b'',
    page=b'<!DOCTYPE html><html></html>',
    zeros=b'\0' * 400,
    svg=b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    header=b'\x89PNG\r\n\x1a\n',
    eps=b'%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n',
)
_WHICH = dict(
    which=st.sampled_from(['image', 'mask']),
    form=st.sampled_from(['index', 'folders', 'coco']),
)
_PNG = dict(suffix=st.just('.png'))  # which has checksums
_FRACTION = st.floats(0, 1, exclude_max=True)


def _file(world: World, case: dict) -> Path:
    name = world.target(case)
    masks = [path for path, _ in world.mask_files(name)]
    images = world.image_files(name)
    return (masks or images)[0] if case['which'] == 'mask' else images[0]


def _cut(world: World, case: dict) -> None:
    path = _file(world, case)
    content = path.read_bytes()
    path.write_bytes(content[: int(case['at'] * len(content))])


def _flip(world: World, case: dict) -> None:
    path = _file(world, case)
    content = bytearray(path.read_bytes())
    for at in case['bits']:
        bit = int(at * len(content) * 8)
        content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def _replace(world: World, case: dict) -> None:
    _file(world, case).write_bytes(_OTHER[case['by']])


def _bomb(world: World, case: dict) -> None:
    """A header that claims a size, with the pixels of a few rows at most."""
    path, side = _file(world, case), case['side']
    if case['which'] == 'mask' and world.form != 'coco':
        # it shows no class, so that no data set loads it; the check tells the size
        name = world.target(case)
        world.truth[name] = np.zeros_like(world.truth[name])
    rows = zlib.compress(bytes(min(case['rows'] * (side + 1), 10**7)))
    head = struct.pack('>IIBBBBB', side, side, 8, 0, 0, 0, 0)
    chunks = ((b'IHDR', head), (b'IDAT', rows), (b'IEND', b''))
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + b''.join(_chunk(*c) for c in chunks))


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack('>I', zlib.crc32(kind + content))
    return struct.pack('>I', len(content)) + kind + content + check


def _image_mode(world: World, case: dict) -> None:
    """A photograph of another mode; the same grey where a loader can show it."""
    name = world.target(case)
    path = world.image_files(name)[0]
    grey = Image.new('L', world.truth[name].shape[::-1], world.colors[name])
    path.unlink()
    mode = case['mode']
    if mode in ('I;16', 'F'):
        kind = {'I;16': np.uint16, 'F': np.float32}[mode]
        pixels = np.asarray(grey).astype(kind) * kind(case['times'])
        Image.fromarray(pixels).save(path.with_suffix('.tif'))
        if case['times'] != 1:
            world.options['img_range'] = (0, 255 * case['times'])
    elif mode == 'pages':
        more = [Image.new('L', grey.size)]
        grey.save(path.with_suffix('.tif'), save_all=True, append_images=more)
    elif mode == 'clear':
        image = grey.convert('RGBA')
        image.putalpha(0)
        image.save(path.with_suffix('.png'))
    elif mode == 'exif':
        exif = Image.Exif()
        exif[0x0112] = case['turn']
        grey.save(path.with_suffix('.jpg'), exif=exif)
        if case['turn'] >= 5:  # the mask is not turned with it
            world.free.discard(name)
    elif mode == 'CMYK':
        grey.convert('RGB').convert('CMYK').save(path.with_suffix('.tif'))
    else:
        grey.convert(mode).save(path.with_suffix('.png'))


def _exchanged(world: World, case: dict) -> None:
    """An image of another size than its masks: one of the others."""
    names = world.names()
    one, other = (
        names[case['target'] % len(names)],
        names[(case['target'] + 1) % len(names)],
    )
    if world.truth[one].shape == world.truth[other].shape:
        return
    size = world.truth[other].shape[::-1]
    for path in world.image_files(one):
        file = io.BytesIO()
        Image.new('RGB', size).save(file, 'PNG')
        path.write_bytes(file.getvalue())


DAMAGE = {
    'file cut off': Kind(_cut, dict(at=_FRACTION) | _WHICH | _PNG),
    'bits flipped in a PNG': Kind(
        _flip,
        dict(bits=st.lists(_FRACTION, min_size=1, max_size=3)) | _WHICH | _PNG,
    ),
    'something else under its name': Kind(
        _replace, dict(by=st.sampled_from(sorted(_OTHER))) | _WHICH
    ),
    'picture that claims to be huge': Kind(
        _bomb,
        dict(
            side=st.sampled_from([7_000, 20_000, 100_000, 2**31 - 1]),
            rows=st.sampled_from([0, 1, 100]),
        )
        | _WHICH,
    ),
    'images of another mode': Kind(
        _image_mode,
        dict(
            mode=st.sampled_from(
                ['L', 'LA', 'RGBA', 'P', '1', 'I;16', 'F', 'CMYK', 'pages', 'clear']
                + ['exif', 'exif']
            ),
            times=st.sampled_from([1, 257]),
            turn=st.integers(1, 8),
            form=st.sampled_from(['index', 'folders']),
        ),
    ),
    'image of another size': Kind(_exchanged, _PNG),
}
