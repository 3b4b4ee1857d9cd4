"""What annotation files say, in one form for all tools that write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..utils.text import shorten
from .file_listing import name_of
from .image_names import ImageNames
from .instances import Instance

_SHOWN = 3


@dataclass(frozen=True)
class AnnotatedImage:
    """One image, as an annotation file has it.

    Args:
        label (str): What messages call it.
        size (tuple[int, int]): Height and width that it was annotated at.
        instances (tuple[Instance, ...]): Its objects.
    """

    label: str
    size: tuple[int, int]
    instances: tuple[Instance, ...] = ()


@dataclass(frozen=True)
class Annotations:
    """All that annotation files say.

    Args:
        form (str): What kind of files these are.
        classes (tuple[str, ...]): Names of the ids 1, 2, ...
        images (dict[str, AnnotatedImage]): By the image's name.
        errors (tuple[tuple[str, str], ...]): Name, and a line with the reason and the
            remedy.
        remarks (tuple[str, ...]): Lines on what needs no action.
    """

    form: str
    classes: tuple[str, ...]
    images: dict[str, AnnotatedImage]
    errors: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()

    def crowds(self) -> dict[str, tuple[int, int]]:
        """Class to its crowds and all of its objects, of classes that have crowds."""
        every, crowds = Counter(), Counter()
        for image in self.images.values():
            every.update(i.class_id for i in image.instances)
            crowds.update(i.class_id for i in image.instances if i.is_crowd)
        names = enumerate(self.classes, start=1)
        return {name: (crowds[c], every[c]) for c, name in names if crowds[c]}

    def classes_in(self, images: Iterable[str]) -> set[str]:
        """Names of the classes that have objects in some of the images."""
        found = [self.images[name] for name in images if name in self.images]
        ids = {i.class_id for image in found for i in image.instances}
        return {name for c, name in enumerate(self.classes, start=1) if c in ids}


@dataclass
class MatchedNames:
    """Which images the names in annotation files mean.

    Args:
        names (dict): What was asked about, to the name of its image, or to a name that
            no image has.
        errors (list[tuple[str, str]]): As in :class:`Annotations`.
        remarks (list[str]): Likewise.
    """

    names: dict = field(default_factory=dict)
    errors: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def match_names(
    written: Mapping[object, Iterable[str]], files: Mapping[str, str], where: str
) -> MatchedNames:
    """Find the images that names mean; where it is not plain it is an error.

    Args:
        written (Mapping[object, Iterable[str]]): The names that each one may have, the
            best first.
        files (Mapping[str, str]): As in :class:`~.image_names.ImageNames`.
        where (str): What messages call the files.
    """
    table, result, freely = ImageNames(files), MatchedNames(), []
    for key, given in written.items():
        given = list(given)
        found = next(filter(None, map(table.find, given)), ())
        name = found[0] if len(found) == 1 else name_of(given[0])
        result.names[key] = name
        if len(found) > 1:
            result.errors.append((name, _ambiguous(where, given[0], found)))
        elif found and name != name_of(given[0]):
            freely.append(f'{given[0]!r} is {files[name]}')
    for name, times in Counter(result.names.values()).items():
        if times > 1:
            result.errors.append((name, _repeated(where, name, times)))
    if freely:
        result.remarks.append(
            f'{len(freely)} names in {where} have folders or a prefix of their own, '
            f'and mean these images: {shorten(freely, _SHOWN)}'
        )
    return result


def _ambiguous(where: str, written: str, found: tuple[str, ...]) -> str:
    return (
        f'{where}, {written} ({shorten(found, _SHOWN)}): a name of several images; '
        'write their paths under the image folder'
    )


def _repeated(where: str, name: str, times: int) -> str:
    return (
        f'{where}, {name}: {times} images of this name; give each image one entry, or '
        'write the paths under the image folder'
    )
