"""What a check of a user's data says at its end: a summary, and a config to paste."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..utils.source_tree import source_tree
from .checksums import write_checksums
from .folder_check import FolderReport
from .folder_data import FolderOptions

_MOST_FOLDS = 4
BASE = Path('configs') / 'simprop' / 'folder.py'


def summary(report: FolderReport) -> str:
    """Numbers of images, masks and classes, and what is worth a remark."""
    lines = [
        f'form: {report.form}',
        f'{len(report.image_sizes):,} images, {report.num_masks:,} masks, '
        f'{len(report.classes):,} classes',
        f'sizes (height x width): {sizes_text(report.image_sizes)}',
        *class_table(report.classes, report.counts.tolist()),
        *(f'remark: {remark}' for remark in report.remarks),
    ]
    return '\n'.join(lines)


def sizes_text(sizes: Sequence[tuple[int, int]]) -> str:
    """The only size, or the number of sizes with the smallest and the largest."""
    if not sizes:
        return 'none'
    times = Counter(sizes)
    ordered = sorted(times, key=lambda size: (size[0] * size[1], size))
    low, high = (f'{h} x {w}' for h, w in (ordered[0], ordered[-1]))
    if len(ordered) == 1:
        return low
    return f'{len(ordered)} different ones, from {low} to {high}'


def class_table(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> list[str]:
    """A line for each class: id, name, images and pixels."""
    width = max(len(name) for name in (*classes, 'class'))
    lines = [f'  id  {"class":{width}}  images        pixels']
    for class_id, (name, (images, pixels)) in enumerate(zip(classes, counts), start=1):
        lines.append(f'{class_id:4}  {name:{width}}  {images:6,}  {pixels:12,}')
    return lines


def config_snippet(options: FolderOptions, classes: Sequence[str]) -> str:
    """A whole config of the data, on the base of ``configs/simprop/folder.py``.

    Args:
        options (FolderOptions): Where the data lie.
        classes (Sequence[str]): Names of the classes.
    """
    given = dict(data_root=options.root.as_posix())
    if options.img_dir != 'images':
        given['img_dir'] = options.img_dir
    if options.annotations is not None:
        given['annotations'] = options.annotations
    elif options.mask_dir != 'masks':
        given['mask_dir'] = options.mask_dir
    if options.classes is not None:
        given['classes'] = options.classes
    if len(classes) == 1:
        given |= dict(folds=None, fold=None, novel_classes=tuple(classes))
    elif len(classes) < _MOST_FOLDS:
        given['folds'] = dict(num_folds=len(classes), seed=0)
    parts = ('train', 'val', 'test') if len(classes) > 1 else ('val', 'test')
    return '\n'.join(
        [
            *_base_lines(),
            '_folder = dict(',
            *(f'    {key}={_written(value)},' for key, value in given.items()),
            ')',
            *(f'{part}_dataloader = dict(dataset=_folder)' for part in parts),
        ]
    )


def _base_lines() -> list[str]:
    """The base by its path; an installed package has no configs."""
    tree = source_tree()
    if tree is not None:
        return [f'_base_ = [{str(tree / BASE)!r}]']
    return [
        '# fss_mm is installed without its configs: put the path of a clone in front',
        f'_base_ = [{BASE.as_posix()!r}]',
    ]


def _written(value: object) -> str:
    if not isinstance(value, dict):
        return repr(value)
    return f'dict({", ".join(f"{key}={item!r}" for key, item in value.items())})'


def save_checksums(report: FolderReport, checksums: Path) -> str:
    """Write the list of SHA-256; what became of it, also where it cannot be written."""
    digests = {Path(os.path.abspath(path)): d for path, d in report.digests.items()}
    try:
        write_checksums(Path(os.path.abspath(checksums)), digests)
        return f'SHA-256 of each of {len(digests):,} files in {checksums}'
    except OSError as error:
        return (
            f'SHA-256 not written: {checksums}: {error.strerror or error}; name a file '
            'elsewhere with --checksums'
        )
