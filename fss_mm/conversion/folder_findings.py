"""What is wrong with a user's data or worth a remark, as lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np

from ..index.class_index import ClassIndex
from ..index.class_names import IGNORE_INDEX
from ..index.fitted_annotations import SIDEWAYS, same_proportions
from ..index.mask_reading import WHITE
from ..utils.text import group_lines, shorten
from .folder_files import FileFacts

FEWEST_IMAGES = 2  # a support and a query
CROWDS = "--crowds objects (in a config crowds='objects')"
FIT = '--fit-annotations (in a config fit_annotations=True)'
LEAVE_OUT = f'--min-images {FEWEST_IMAGES} (in a config min_images={FEWEST_IMAGES})'
_SHOWN = 3


def size_problem(
    label: str, size: tuple[int, int], image_label: str, image: FileFacts
) -> str:
    """A line where a mask has another size than its image, else ''.

    Args:
        label (str): What to call the mask.
        size (tuple[int, int]): Its height and width.
        image_label (str): What to call the image.
        image (FileFacts): What the image is.
    """
    shown = image.height, image.width
    if 0 in (*size, *shown) or size == shown:
        return ''
    here = (
        f'{label} ({size[0]} x {size[1]}; {image_label} is {shown[0]} x {shown[1]}, '
        'height x width)'
    )
    if size == shown[::-1] and image.orientation >= 5:
        return (
            f'{here}: fits its image as it is stored, but the EXIF orientation '
            f'{image.orientation} turns the image where it is loaded; turn the mask in '
            'the same way, or save the image without EXIF'
        )
    return f"{here}: not of its image's size; export the mask at the size of its image"


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


def class_counts(index: ClassIndex, num_classes: int) -> np.ndarray:
    """Images and pixels of each class: (num_classes, 2) int64."""
    counts = np.zeros((num_classes, 2), dtype=np.int64)
    inside = index.class_ids <= num_classes
    ids = index.class_ids[inside] - 1
    np.add.at(counts[:, 0], ids, 1)
    np.add.at(counts[:, 1], ids, index.pixels[inside])
    return counts


def class_problems(
    classes: Sequence[str],
    counts: np.ndarray,
    min_images: int = 0,
    crowds: dict[str, tuple[int, int]] | None = None,
    unusable: Collection[str] = (),
) -> list[str]:
    """A line for each cause why no episode can be drawn of a class.

    Args:
        classes (Sequence[str]): Names.
        counts (np.ndarray): (C, 2) as :func:`class_counts` makes it.
        min_images (int): Classes in fewer images are left out. Defaults to 0.
        crowds (dict, optional): As in :func:`crowd_remarks`. Defaults to None.
        unusable (Collection[str]): Classes whose objects are problems of their own, so
            that they cannot be counted. Defaults to ().
    """
    images = dict(zip(classes, counts[:, 0].tolist()))
    drawn = [name for name, n in images.items() if n >= min_images]
    if images and not drawn:
        return [
            f'--min-images {min_images}: leaves out all classes, which are in '
            f'{max(images.values())} images at most; add images, or lower it'
        ]
    poor = [n for n in drawn if images[n] < FEWEST_IMAGES and n not in unusable]
    others = f', or leave the class out with {LEAVE_OUT}' if poor != drawn else ''
    lines = []
    for name in poor:
        of_crowds, objects = (crowds or {}).get(name, (0, 1))
        if of_crowds == objects:
            why = 'all objects are crowds (iscrowd 1), which are ignored; take them as '
            why += f'objects with {CROWDS}'
        elif not images[name]:
            why = 'no pixel in any usable mask; add masks'
        else:
            why = f'an episode needs {FEWEST_IMAGES} images; add images'
        number = f' (images: {images[name]})' if images[name] else ''
        lines.append(f'class {name!r}{number}: {why}{others}')
    return group_lines(lines, 'classes', most=10)


def left_out_remarks(
    classes: Sequence[str], counts: np.ndarray, min_images: int
) -> list[str]:
    """On classes with too few images, where they are left out."""
    poor = [
        f'{name!r} ({images})'
        for name, images in zip(classes, counts[:, 0].tolist())
        if images < min_images
    ]
    if not poor:
        return []
    return [
        f'{len(poor)} classes in less than {min_images} images are left out, that is '
        f'background in all episodes: {shorten(poor)}'
    ]


def mask_remarks(without_mask: Sequence[str], empty: Sequence[str]) -> list[str]:
    """On images and masks that show no class, which is no fault."""
    lines = []
    if without_mask:
        lines.append(
            f'{len(without_mask)} images have no mask, and show none of the classes: '
            'no episodes are drawn of them; give them masks, or segment them with a '
            'trained model and some labelled images (fss_mm.apis.load_segmentor): '
            f'{shorten(without_mask, _SHOWN)}'
        )
    if empty:
        lines.append(
            f'{len(empty)} masks are empty, with no pixel of a class: '
            f'{shorten(empty, _SHOWN)}'
        )
    return lines


def smoothing_remarks(gray: dict[str, int]) -> list[str]:
    """On grey pixels of binary masks.

    Args:
        gray (dict[str, int]): File to grey pixels.
    """
    if not gray:
        return []
    return [
        f'{len(gray)} masks have grey pixels, {sum(gray.values()):,} in all, such as '
        f'smoothed edges, which are of the class from {WHITE} on: '
        f'{shorten(list(gray), _SHOWN)}'
    ]


def void_remarks(void: dict[str, int], stated: Sequence[int] = ()) -> list[str]:
    """On ignored pixels of binary masks.

    Args:
        void (dict[str, int]): File to ignored pixels.
        stated (Sequence[int]): Values that a user wants to be ignored. Defaults to ().
    """
    if not void:
        return []
    if stated:
        return [
            f'{len(void)} masks have pixels that count nowhere, {sum(void.values()):,} '
            f'in all, of the values {shorten([*map(str, stated)])} to be ignored: '
            f'{shorten(list(void), _SHOWN)}'
        ]
    return [
        f'{len(void)} masks hold 0, 1 and {IGNORE_INDEX}: 1 is the class, and their '
        f'{sum(void.values()):,} pixels of {IGNORE_INDEX} are ignored; if '
        f'{IGNORE_INDEX} is the class, save it alone: {shorten(list(void), _SHOWN)}'
    ]


def image_remarks(facts: dict[str, FileFacts]) -> list[str]:
    """On images that are loaded properly and yet are not what most are.

    Args:
        facts (dict[str, FileFacts]): By path.
    """
    good = {path: one for path, one in facts.items() if one.sha256 and not one.problem}
    modes = Counter(
        one.mode for one in good.values() if one.mode != 'RGB' and not one.is_clipped
    )
    lines = [
        f'{times} images of mode {mode!r} are turned into RGB as they should be'
        for mode, times in sorted(modes.items())
    ]
    turned = [path for path, one in good.items() if one.orientation > 1]
    if turned:
        lines.append(
            f'{len(turned)} images are turned by their EXIF tag where they are loaded, '
            'and their masks are not: masks must show the turned view: '
            f'{shorten(turned, _SHOWN)}'
        )
    return lines
