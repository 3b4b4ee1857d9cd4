"""Index masks: one mask for each image, whose values are class ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..utils.text import option, shorten
from .class_index import ClassIndex
from .class_names import IGNORE_INDEX, NamedClasses, is_background
from .mask_problems import foreign_values, values_text
from .mask_reading import MaskReading
from .mask_sources import THRESHOLD_JPEG, MaskFileSource, MaskFolder
from .mask_table import MaskTable
from .mask_values import LOSSY

_SHOWN = 6
_CLASS_FOLDERS = 'a folder of masks for each class'


class IndexMaskSource(MaskFileSource):
    """One mask for each image, whose values are class ids.

    Args:
        folder (MaskFolder): ``<image name>.png``.
        named (NamedClasses): Names of the ids 1, 2, ..., or of values.
        ignore (Sequence[int]): Values that are ignored, 255 apart. Defaults to ().

    Raises:
        ValueError: If there are more classes than values, a name of the background in
            the midst of a list, or several masks of one image.
    """

    def __init__(
        self, folder: MaskFolder, named: NamedClasses, ignore: Sequence[int] = ()
    ) -> None:
        if len(named.names) >= IGNORE_INDEX:
            raise ValueError(
                f'{len(named.names)} classes, expected {IGNORE_INDEX - 1} at most in '
                f'index masks of 8 bits; use {_CLASS_FOLDERS}'
            )
        if named.values is None:
            _require_background_first(named)
        if folder.pattern.has_parts:
            raise ValueError(
                f'mask_suffix={folder.pattern.suffix!r} means several masks of an '
                'image, expected one index mask with all classes; if masks are of one '
                f'class, use {_CLASS_FOLDERS}, or name one class and '
                f'{option("foreground", "white")}'
            )
        reading = MaskReading.of_index_masks(named.values, ignore)
        super().__init__(replace(folder, reading=reading), named.names)
        self.named = named
        self._files: dict[str, str] = {}

    def scan(self, workers: int | None = None) -> MaskTable:
        """As in :class:`~.mask_sources.MaskFileSource`."""
        one = len(self.classes) == 1
        return self.folder.scan(workers, THRESHOLD_JPEG if one else LOSSY)

    def index_of(self, table: MaskTable) -> ClassIndex:
        """As in :class:`~.mask_sources.MaskFileSource`."""
        self._files = dict(zip(table.names, table.files))
        folder = self.folder.label('')
        index = ClassIndex.from_index_masks(table, folder, self.folder.reading)
        errors = dict(index.errors)
        for mask, (held, why) in self._unnamed(table).items():
            label = f'{self.folder.label(table.files[mask])} ({held})'
            errors.setdefault(table.names[mask], f'{label}: {why}')
        return replace(index, errors=errors)

    def info(self, name: str, class_id: int, ignored: Sequence[int] = ()) -> dict:
        """As in :class:`~.mask_sources.MaskSource`: ignored classes are in it, too."""
        path = str(self.folder.path / self._files[name])
        return dict(seg_map_path=path, mask_reading=self.folder.reading)

    def place(self, file: str) -> tuple[str, int] | None:
        """As in :class:`~.mask_sources.MaskFileSource`."""
        image = self.folder.pattern.image_of(file)
        return (image, 0) if image else None

    def remarks(self, table: MaskTable) -> list[str]:
        """As in :class:`~.mask_sources.MaskFileSource`."""
        values = self.named.values
        if values is None:
            first = f'0 {self.named.background or "background"}'
            names = [f'{i} {name}' for i, name in enumerate(self.classes, start=1)]
            return [
                f'ids of the classes start at 1: {shorten([first, *names], _SHOWN)}'
            ]
        ids = sorted(values.items(), key=lambda item: item[1])
        names = [f'{v} {self.classes[i - 1]}' for v, i in ids if 0 < i < IGNORE_INDEX]
        lines = [f'values of the classes: {shorten(names, _SHOWN)}']
        counts = self._counts(table, {0, IGNORE_INDEX, *values})
        if counts:
            lines.append(f'values without a name are background: {shorten(counts)}')
        return lines

    def _counts(self, table: MaskTable, without: set[int]) -> list[str]:
        """Other values, each with its masks and pixels."""
        without |= set(self.folder.reading.ignore)
        values, pixels = table.rows[:, 0], table.rows[:, 1]
        return [
            f'{value} ({(values == value).sum():,} masks, '
            f'{pixels[values == value].sum():,} pixels)'
            for value in np.unique(values).tolist()
            if value not in without
        ]

    def _unnamed(self, table: MaskTable) -> dict[int, tuple[str, str]]:
        """Masks with values that are no class: what they hold, reason and remedy."""
        values = table.rows[:, 0]
        labels = self.folder.reading.labels(values)
        shown = (labels > 0) & (labels != IGNORE_INDEX)
        if not shown.any():
            return self._without_class(table)
        foreign = shown & (labels > len(self.classes))
        smooth = 'save masks without smoothing, as PNG'
        if len(self.classes) == 1:
            smooth += f'; or, if white is the class, {option("foreground", "white")}'
        remedy = self._remedy(
            np.unique(values[shown]).tolist(), bool((values == 0).any())
        )
        return foreign_values(
            table.mask_ids[foreign], values[foreign], len(self.classes), remedy, smooth
        )

    def _without_class(self, table: MaskTable) -> dict[int, tuple[str, str]]:
        """Masks of 0 and 255 alone, which show nothing in the form of index masks."""
        remedy = f'use {_CLASS_FOLDERS}'
        if len(self.classes) == 1:
            remedy = f'if it is the class, {option("foreground", "white")}'
        why = f'255 counts nowhere in index masks, and none holds a class; {remedy}'
        white = table.mask_ids[table.rows[:, 0] == IGNORE_INDEX]
        if IGNORE_INDEX in self.folder.reading.ignore or self.named.values is not None:
            return {}
        return {mask: (values_text([IGNORE_INDEX]), why) for mask in white.tolist()}

    def _remedy(self, found: list[int], has_zero: bool) -> str:
        """What to do about values that are no class, seen in all that there are."""
        number = len(self.classes)
        strange = [value for value in found if value > number]
        if len(found) == number:
            stated = dict(zip(found, self.classes))
            return f'if these are the classes in order, {option("classes", stated)}'
        if len(found) == number + 1 and not has_zero:
            stated = dict(
                zip(found, (self.named.background or 'background', *self.classes))
            )
            return f'if the first one is background, {option("classes", stated)}'
        stated = {i: name for i, name in enumerate(self.classes, start=1)}
        return (
            f'if they count nowhere, {option("ignore", strange)}; if they are '
            f'background, {option("classes", stated)}; else name all classes'
        )


def _require_background_first(named: NamedClasses) -> None:
    inside = [name for name in named.names if is_background(name)]
    if inside:
        raise ValueError(
            f'classes={named.names!r}: {inside[0]!r} is a name of the background, '
            'which has the id 0; name it first, or leave it out'
        )
