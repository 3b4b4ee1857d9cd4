"""What a check of a user's data says at its end: a summary, and a config to paste."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from .checksums import write_checksums
from .folder_check import FolderReport


def summary(report: FolderReport) -> str:
    """Numbers of images, masks and classes, what each fold has, and remarks."""
    lines = [
        f'form: {report.form}',
        f'{len(report.image_sizes):,} images, {report.num_masks:,} masks, '
        f'{len(report.classes):,} classes',
        f'sizes (height x width): {sizes_text(report.image_sizes)}',
        *class_table(report.classes, report.counts.tolist()),
        *map(str, report.folds),
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


def how_to_use(report: FolderReport) -> str:
    """What can be done with data without problems, and the config to do it with."""
    if report.folds[0].fold is not None:
        what = 'no problems; save this as a config, and fss-mm train trains it'
        if len(report.folds) > 1:
            what += f' (--fold 0 ... {len(report.folds) - 1})'
        return f'{what}:\n\n{report.config}'
    return (
        'no problems, but one class alone cannot be trained while it is held out; save '
        'this as a config for tests only, and fss-mm test tests a model on it that '
        f'was trained on other classes:\n\n{report.config}'
    )


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
