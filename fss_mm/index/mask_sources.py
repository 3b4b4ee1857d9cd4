"""Where a user's masks come from, and how they are read.

A source knows the classes, makes the class index, and tells the pipeline where the mask
of an image and a class is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..utils.text import option, shorten
from .class_index import ClassIndex
from .file_listing import IMAGE_SUFFIXES, UNREAD_SUFFIXES
from .mask_reading import MaskReading
from .mask_table import MaskTable, scan_masks
from .mask_values import LOSSY
from .name_pattern import NamePattern

MASK_SUFFIXES = ('.png', '.bmp', '.tif', '.tiff', '.npy', '.jpg', '.jpeg')
UNREAD_MASKS = dict.fromkeys(
    {*IMAGE_SUFFIXES, *UNREAD_SUFFIXES}.difference(MASK_SUFFIXES),
    'a format that is not read of masks; save it as PNG',
) | {'.webp': 'a WebP, which is not read; save it as PNG, if it is lossless'}
THRESHOLD_JPEG = f'{LOSSY}; or take 128 and above for the class: '
THRESHOLD_JPEG += option('foreground', 'white')


class MaskSource(Protocol):
    """What a data set asks of its masks."""

    classes: tuple[str, ...]

    def index(self) -> ClassIndex:
        """The class index of all images that have a mask."""

    def info(self, name: str, class_id: int, ignored: Sequence[int] = ()) -> dict:
        """What ``LoadFewShotMask`` needs to load the mask of an image and a class.

        Args:
            name (str): The image.
            class_id (int): The class.
            ignored (Sequence[int]): Classes whose pixels are to be ignored.
        """


@dataclass(frozen=True)
class MaskFolder:
    """A folder of mask files.

    Args:
        path (Path): The folder.
        pattern (NamePattern): What stands behind an image's name. Defaults to the
            format's suffix.
        reading (MaskReading): What values mean.
    """

    path: Path
    pattern: NamePattern = field(default_factory=NamePattern)
    reading: MaskReading = field(default_factory=MaskReading)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What files must end in to count as masks."""
        return self.pattern.endings(MASK_SUFFIXES)

    @property
    def refused(self) -> dict[str, str]:
        """Suffixes of files that are problems; none where a user says what to take."""
        return {} if self.pattern.suffix else UNREAD_MASKS

    def scan(self, workers: int | None = None, jpeg_remedy: str = LOSSY) -> MaskTable:
        """Count the masks, in any format that keeps their values.

        Args:
            workers (int, optional): As in :func:`~.mask_table.scan_masks`.
            jpeg_remedy (str): What to say of JPEGs where the reading takes none.

        Raises:
            ValueError: If the pattern fits none of the files.
        """
        table = scan_masks(
            self.path, self.suffixes, workers, refused=self.refused, lossy=True
        )
        if table.files and not any(map(self.pattern.image_of, table.files)):
            raise ValueError(
                f'{self.pattern.argument}={self.pattern.suffix!r} fits none of the '
                f'{len(table.files)} masks in {str(self.path)!r}: '
                f'{shorten(table.files, 3)}; give what stands behind the name of an '
                'image in the name of its mask'
            )
        return table if self.reading.takes_lossy else table.without_lossy(jpeg_remedy)

    def label(self, file: str) -> str:
        """What messages call a file."""
        return f'{self.path.name}/{file}'


class MaskFileSource(ABC):
    """A source of mask files, whose values are counted in a table.

    Args:
        folder (MaskFolder): The files, and how they are read.
        classes (tuple[str, ...]): Names of the classes.
    """

    def __init__(self, folder: MaskFolder, classes: tuple[str, ...]) -> None:
        self.folder, self.classes = folder, classes

    def index(self) -> ClassIndex:
        """As in :class:`MaskSource`."""
        return self.index_of(self.scan())

    def scan(self, workers: int | None = None) -> MaskTable:
        """Count the masks; ``workers`` are threads."""
        return self.folder.scan(workers)

    @abstractmethod
    def index_of(self, table: MaskTable) -> ClassIndex:
        """The class index of masks that are counted already."""

    @abstractmethod
    def info(self, name: str, class_id: int, ignored: Sequence[int] = ()) -> dict:
        """As in :class:`MaskSource`."""

    @abstractmethod
    def place(self, file: str) -> tuple[str, int] | None:
        """Image and class id of a file; None for a file of neither.

        The id is 0 in index masks.
        """

    def inside(self, file: str) -> str | None:
        """Path of a file under the folder of its class; None for other files."""
        return file

    def doubts(self, table: MaskTable) -> list[str]:
        """A line each for what all masks together say against their reading."""
        return []

    def remarks(self, table: MaskTable) -> list[str]:
        """How masks are read, where a user may expect something else."""
        return []
