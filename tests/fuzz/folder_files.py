"""Folders whose files are named, or lie, in another way than the plain one."""

from __future__ import annotations

import os
import shutil
import unicodedata

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from .folder_world import World, write_annotations
from .kinds import Kind

_OF_FILES = dict(form=st.sampled_from(['index', 'folders']))
_WHERE = st.sampled_from(['images', 'masks'])
_STRAY = (
    '.DS_Store',
    '._pic0.png',
    'Thumbs.db',
    'desktop.ini',
    '.pic1.png.swp',
    'a.txt',
)


def rename(world: World, old: str, new: str) -> None:
    """Give an image and its masks another name."""
    for path in [*world.image_files(old), *(p for p, _ in world.mask_files(old))]:
        path.rename(path.with_name(f'{new}{path.suffix}'))
    for table in (world.truth, world.colors):
        table[new] = table.pop(old)
    if world.form == 'labelme':
        (world.root / f'annotations/{old}.json').unlink()
    if world.form in ('coco', 'labelme'):
        write_annotations(world)


def _suffix(world: World, case: dict) -> None:
    """All masks are named after their image's file; it may be said, or wrong."""
    behind = case['behind']
    for name in world.names():
        for path, _ in world.mask_files(name):
            path.rename(path.with_name(f'{name}{behind}'))
    stated = dict(right=behind, wrong='_other.png', parts='_*.png')
    if case['stated'] in stated:
        world.options['mask_suffix'] = stated[case['stated']]


def _upper(world: World, case: dict) -> None:
    for path in sorted(world.root.glob('images/*')):
        path.rename(path.with_suffix(path.suffix.upper()))
    for path in sorted(world.root.glob('masks/**/*.png')):
        path.rename(path.with_suffix('.PNG'))


def _unicode(world: World, case: dict) -> None:
    """The image's name is composed, the masks' decomposed, as macOS writes them."""
    new = f'pic-{case["letters"]}'
    rename(world, world.target(case), new)
    for path, _ in world.mask_files(new):
        other = unicodedata.normalize('NFD', path.name)
        path.rename(path.with_name(other))
    name = unicodedata.normalize('NFC', new)
    for table in (world.truth, world.colors):
        table[name] = table.pop(new)


def _twins(world: World, case: dict) -> None:
    """Another image of the same name: which one the mask is of, nobody knows."""
    name = world.target(case)
    shape = world.truth[name].shape
    path = world.image_files(name)[0].with_suffix(case['other'])
    if not path.exists():
        world.free.add(name)
        Image.new('RGB', shape[::-1], (250, 0, 0)).save(path)


def _odd_name(world: World, case: dict) -> None:
    rename(world, world.target(case), f'pic{case["odd"]}')


def _stray(world: World, case: dict) -> None:
    """Files that systems and editors leave behind."""
    for name in _STRAY:
        for folder in [p for p in world.root.rglob('*') if p.is_dir()]:
            (folder / name).write_bytes(b'\0stray')


def _dangling(world: World, case: dict) -> None:
    folder = world.root / ('images' if case['where'] == 'images' else 'masks')
    folder = folder if folder.is_dir() else world.root / 'images'
    target = dict(nowhere='nowhere.png', itself='pic99.png', parent='..')
    path = folder / ('pic99' if case['to'] == 'parent' else 'pic99.png')
    path.symlink_to(target.get(case['to'], 'nowhere.png'))


def _linked(world: World, case: dict) -> None:
    """A file that lies elsewhere, behind a link."""
    name = world.target(case)
    for number, path in enumerate(world.image_files(name)):
        other = world.root / f'elsewhere{number}{path.suffix}'
        path.rename(other)
        path.symlink_to(other)


def _like_an_image(world: World, case: dict) -> None:
    folder = world.root / case['where'] / f'pic98{case["suffix"]}'
    folder = folder if folder.parent.is_dir() else world.root / 'images' / folder.name
    folder.mkdir()


def _in_folders(world: World, case: dict) -> None:
    """Images lie in a folder of folders, and their masks likewise."""
    for name in world.names()[::2]:
        for path in [*world.image_files(name), *(p for p, _ in world.mask_files(name))]:
            (path.parent / 'more').mkdir(exist_ok=True)
            path.rename(path.parent / 'more' / path.name)
        for table in (world.truth, world.colors):
            table[f'more/{name}'] = table.pop(name)


def _without_mask(world: World, case: dict) -> None:
    """An image that shows no class."""
    name = world.target(case)
    for path, _ in world.mask_files(name):
        path.unlink()
    world.truth[name] = np.zeros_like(world.truth[name])


def _without_image(world: World, case: dict) -> None:
    for path in world.image_files(world.target(case)):
        path.unlink()


def _unfinished(world: World, case: dict) -> None:
    (world.root / 'images' / 'pic97.jpg.part').write_bytes(b'\xff\xd8\xff')


def _bytes_name(world: World, case: dict) -> None:
    """A name that is no UTF-8, or has a line break."""
    name = [b'pic96\xff.png', b'pic\n96.png', b'pic\r96.png'][case['which']]
    path = os.path.join(os.fsencode(world.root), b'images', name)
    shutil.copy(world.image_files(world.target(case))[0], path)


def _no_folder(world: World, case: dict) -> None:
    """A folder is missing, empty, or a file."""
    path = world.root / case['where']
    if path.is_dir():
        shutil.rmtree(path)
    elif world.form in ('coco', 'labelme'):
        path = world.root / world.options['annotations']
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if case['then'] == 'empty':
        path.mkdir()
    elif case['then'] == 'file':
        path.write_bytes(b'x')


def _nested_root(world: World, case: dict) -> None:
    """Everything lies one folder deeper than said."""
    deeper = world.root / 'images' / 'images'
    files = [p for p in (world.root / 'images').iterdir()]
    deeper.mkdir()
    for path in files:
        path.rename(deeper / path.name)


def _classes(world: World, case: dict) -> None:
    """Names of the classes that do not fit."""
    own = list(world.classes)
    if case['as'] == 'foreign' and world.form == 'index':  # it names the ids anew
        world.classes = ('owl', 'ibis', *own[2:])
    world.options['classes'] = dict(
        none=None,
        empty=(),
        doubled=(*own, own[0]),
        foreign=('owl', 'ibis'),
        number=3,
        text='owl',
        numbers=(1, 2),
        nested=(('owl',), 'wren'),
        many=tuple(f'owl{i}' for i in range(300)),
        dict={'x': 'owl'},
        deep={'900': 'owl'},
        blank=('', ' '),
        list='list.txt',
    )[case['as']]


FILES = {
    'masks with a suffix': Kind(
        _suffix,
        dict(
            behind=st.sampled_from(['_mask.png', '-seg.png', '.jpg.png', '_1.png']),
            stated=st.sampled_from(['not', 'right', 'right', 'wrong', 'parts']),
        )
        | _OF_FILES,
    ),
    'upper-case suffixes': Kind(_upper, _OF_FILES),
    'decomposed Unicode': Kind(
        _unicode,
        dict(letters=st.sampled_from(['é', 'ü ö', 'ñandú', '한국', 'Å'])) | _OF_FILES,
    ),
    'two images of one name': Kind(
        _twins, dict(other=st.sampled_from(['.png', '.jpg', '.gif', '.webp', '.JPG']))
    ),
    'odd names': Kind(
        _odd_name,
        dict(
            odd=st.sampled_from(
                [' a b', '#1', '%20', "'", '"', '(1)', '.x', '..', '$HOME', ';ls', '=1']
                + ['[a]', '*', '{0}', '\\', ', b', ': c; d', '😀', 'x' * 200, ' ']
            )
        ),
    ),
    'hidden files': Kind(_stray),
    'dangling link': Kind(
        _dangling,
        dict(where=_WHERE, to=st.sampled_from(['nowhere', 'itself', 'parent'])),
    ),
    'link to a file': Kind(_linked),
    'folder named like an image': Kind(
        _like_an_image, dict(where=_WHERE, suffix=st.sampled_from(['.png', '.jpg']))
    ),
    'folders of folders': Kind(_in_folders, _OF_FILES),
    'image without mask': Kind(_without_mask, _OF_FILES),
    'mask without image': Kind(_without_image),
    'unfinished download': Kind(_unfinished),
    'name that is no text': Kind(_bytes_name, dict(which=st.integers(0, 2))),
    'folder missing or no folder': Kind(
        _no_folder,
        dict(where=_WHERE, then=st.sampled_from(['missing', 'empty', 'file'])),
    ),
    'one folder deeper': Kind(_nested_root, _OF_FILES),
    'names of classes': Kind(
        _classes,
        {
            'as': st.sampled_from(
                ['none', 'empty', 'doubled', 'foreign', 'number', 'text', 'numbers']
                + ['nested', 'many', 'dict', 'deep', 'blank', 'list']
            )
        },
    ),
}
