"""Malformed folders of images and masks: read as they are, or a clear message."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from fss_mm.conversion.check_options import CheckOptions
from fss_mm.conversion.folder_check import FolderReport, check_folder
from fss_mm.conversion.folder_report import how_to_use, summary
from fss_mm.datasets import FewShotFolderDataset
from fss_mm.structures import SUPPORT, ImageRole

from .folder_files import FILES
from .folder_images import DAMAGE
from .folder_jsons import JSONS
from .folder_lists import LISTS
from .folder_masks import MASKS
from .folder_world import CLASSES, FORMS, World, base_draws, make_world
from .outcomes import Failure, require_clear

ALL = {**FILES, **MASKS, **DAMAGE, **LISTS, **JSONS}
KINDS = ('untouched', *ALL)
WORDS = ('pic', 'classes=', 'images', 'masks', 'annotations', 'list', *CLASSES)
_MORE = ('hidden files', 'upper-case suffixes', 'folder named like an image')
_LOAD = [
    dict(type='LoadFewShotImage', imdecode_backend='pillow'),
    dict(type='LoadFewShotMask'),
]
_JPEG_ERROR = 4


def cases(kind: str) -> st.SearchStrategy[dict]:
    """Inputs of a kind, as plain values; some have a second fault."""
    drawn = dict(part=st.just('folders'), kind=st.just(kind)) | base_draws()
    if kind in ALL:
        drawn |= ALL[kind].draws
    drawn['also'] = st.lists(st.sampled_from(_MORE), max_size=2, unique=True)
    return st.fixed_dictionaries(drawn)


def judge(case: dict, folder: Path) -> str | None:
    """Make the folder, check it, build the data set, compare both with the truth."""
    world = make_world(case, folder / 'data')
    for kind in dict.fromkeys([case['kind'], *case['also']]):
        if kind in ALL:
            ALL[kind].apply(world, _with_defaults(kind, case))
    try:
        checked = _told(lambda: _check(world))
        built = _told(lambda: _build(world, judge_images=checked is None))
    finally:
        if world.planted.ran():
            raise Failure('a planted command was run')
    if built is not None and checked is None:
        raise Failure(f'the check finds no problem, and the data set says: {built}')
    return checked


def _with_defaults(kind: str, case: dict) -> dict:
    """What a second fault needs that the first has not drawn."""
    return dict(where='images') | case


def _told(read) -> str | None:
    """The message that it ends in, if it does."""
    try:
        return read()
    except (ValueError, OSError, ImportError) as error:
        require_clear(str(error), WORDS)
        return str(error)


def _check(world: World) -> str | None:
    """As tools/dataset_converters/folder.py does."""
    options = CheckOptions(world.root, **world.options)
    report = check_folder(options, world.root / 'data.sha256.json')
    summary(report)
    for line in [*report.problems, *report.remarks]:
        if '\n' in line:
            raise Failure(f'a problem of several lines: {line}')
    for line in report.problems:
        require_clear(line, WORDS)
        if ': ' not in line or ';' not in line:
            raise Failure(f'a problem without reason and remedy: {line}')
    if report.problems:
        return report.problems[0]
    how_to_use(report)
    _compare_counts(report, world)
    return None


def _compare_counts(report: FolderReport, world: World) -> None:
    """Images and pixels of each class, in all images."""
    if world.free:
        return
    for class_id, name in enumerate(report.classes, start=1):
        pixels = [(mask == _id_of(world, name)).sum() for mask in world.truth.values()]
        expected = [sum(p > 0 for p in pixels), sum(pixels)]
        if report.counts[class_id - 1].tolist() != [int(n) for n in expected]:
            found = report.counts[class_id - 1].tolist()
            raise Failure(f'{name}: counted {found}, true are {expected}')


def _id_of(world: World, name: str) -> int:
    return 1 + world.classes.index(name) if name in world.classes else -1


def _build(world: World, judge_images: bool) -> str | None:
    """As a test of all classes does; loads each mask.

    Pixels of photographs are judged where the check found nothing: that alone compares
    their checksums.
    """
    given = dict(world.options)
    split = given.pop('test_split', None)
    given.pop('train_split', None)
    dataset = FewShotFolderDataset(
        str(world.root),
        novel_classes=world.classes,
        test_mode=True,
        split=split,
        query_pipeline=_LOAD,
        **given,
    )
    wanted = set(dataset.index.names) if split else set(world.truth)
    strange = set(dataset.index.names) - set(world.truth) - world.free
    if strange:
        raise Failure(f'images that are none: {strange}')
    for class_id, name in enumerate(dataset.classes, start=1):
        images = dataset.candidates.images.get(class_id, np.empty(0, int)).tolist()
        found = {dataset.index.names[i]: i for i in images}
        own = _id_of(world, name)
        true = {n for n in wanted if (world.truth[n] == own).any()} - world.free
        if set(found) - world.free != true:
            raise Failure(f'{name}: in images {sorted(found)}, truly in {sorted(true)}')
        for image in found.keys() - world.free:
            role = ImageRole(found[image], class_id, SUPPORT)
            loaded = dataset.load_image(role)
            _compare_loaded(loaded, image, own, world)
            if judge_images:
                _compare_color(loaded, image, world)
    return None


def _compare_loaded(loaded, name: str, class_id: int, world: World) -> None:
    true = world.truth[name]
    expected = (true == class_id) + np.uint8(255) * (true == 255)
    if loaded.mask.shape != expected.shape or (loaded.mask.numpy() != expected).any():
        raise Failure(f'silently wrong mask: {name}')
    if loaded.image.shape[1:] != expected.shape:
        raise Failure(f'an image of another size than its mask: {name}')


def _compare_color(loaded, name: str, world: World) -> None:
    color = world.colors.get(name)
    if color is not None and abs(loaded.image.float().mean() - color) > _JPEG_ERROR:
        raise Failure(f'silently wrong image: {name}')


@functools.cache
def warm_up() -> None:
    """Import what is imported late, before memory is limited."""
    import pycocotools.mask  # noqa: F401

    assert FORMS
