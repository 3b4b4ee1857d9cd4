"""Masks of the only class, one for each image or for each instance."""

from __future__ import annotations

from .class_folder_source import ClassFolderSource
from .class_names import NamedClasses
from .mask_sources import MaskFolder
from .mask_table import MaskTable


class OneClassSource(ClassFolderSource):
    """Binary masks of the only class, ``<mask_dir>/<image name>.png``.

    Args:
        folder (MaskFolder): The masks.
        named (NamedClasses): The class.

    Raises:
        ValueError: If several classes are named.
    """

    @staticmethod
    def _named_classes(
        folder: MaskFolder, named: NamedClasses | None
    ) -> tuple[str, ...]:
        if named is None or len(named.names) != 1 or named.values is not None:
            raise ValueError(
                f'foreground={folder.reading.foreground!r} says what is the class '
                'in masks of one class each, and these are index masks: there is no '
                'folder of a class; name one class, or leave foreground out'
            )
        return named.names

    def place(self, file: str) -> tuple[str, int] | None:
        """As in :class:`ClassFolderSource`."""
        image = self.folder.pattern.image_of(file)
        return (image, 1) if image else None

    def inside(self, file: str) -> str | None:
        """As in :class:`ClassFolderSource`."""
        return file

    def _label(self, class_id: int) -> str:
        return self.folder.label('')

    def _outside(self, table: MaskTable) -> list[str]:
        return []
