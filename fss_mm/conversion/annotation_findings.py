"""What is wrong with annotations or worth a remark, as lines of text."""

from __future__ import annotations

from ..index.fitted_annotations import same_proportions
from ..utils.exif import SIDEWAYS
from ..utils.text import shorten
from .folder_files import FileFacts

CROWDS = "--crowds objects (in a config crowds='objects')"
FIT = '--fit-annotations (in a config fit_annotations=True)'


def annotation_size_problem(
    label: str, size: tuple[int, int], image_label: str, image: FileFacts
) -> str:
    """The same where an image was annotated at another size.

    Args:
        label (str): What to call the annotations.
        size (tuple[int, int]): Height and width that they say.
        image_label (str): What to call the image.
        image (FileFacts): What the image is.
    """
    shown = image.height, image.width
    if 0 in (*size, *shown) or size == shown:
        return ''
    remedy = f'turn or scale them with {FIT}, or annotate the images as they are'
    if size == shown[::-1] and image.orientation >= SIDEWAYS:
        why = (
            'annotations of the image as it is stored, which its EXIF tag turns where '
            f'it is loaded; {remedy}'
        )
    elif same_proportions(size, shown):
        why = f'annotations made before the image was resized; {remedy}'
    else:
        why = 'annotations of an image of other proportions; annotate the image itself'
    return (
        f'{label} ({size[0]} x {size[1]}; {image_label} is {shown[0]} x {shown[1]}, '
        f'height x width): {why}'
    )


def crowd_remarks(crowds: dict[str, tuple[int, int]]) -> list[str]:
    """On objects that count nowhere.

    Args:
        crowds (dict[str, tuple[int, int]]): Class to crowds and all objects.
    """
    if not crowds:
        return []
    some = [f'{n} of {every} of {name!r}' for name, (n, every) in crowds.items()]
    return [
        f'crowds (iscrowd 1) are ignored pixels: {shorten(some)}; in COCO these are '
        'regions of many objects, but tools such as CVAT write every brush mask so: '
        f'{CROWDS} takes them as objects'
    ]
