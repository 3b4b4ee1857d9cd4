"""What is wrong with a user's data or worth a remark, as lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..index.class_names import IGNORE_INDEX
from ..index.mask_reading import WHITE
from ..index.name_pattern import suggested_suffixes
from ..utils.text import counted, option, shorten
from .folder_files import FileFacts

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


def passed_over_lines(
    suffix: str | None,
    passed_over: Sequence[str],
    taken: Sequence[str],
    images: Sequence[str],
) -> list[str]:
    """On files among the masks that ``mask_suffix`` leaves out.

    Args:
        suffix (str, optional): ``mask_suffix``.
        passed_over (Sequence[str]): Files that it leaves out.
        taken (Sequence[str]): Files that it takes.
        images (Sequence[str]): Paths of images.
    """
    if not passed_over:
        return []
    wider = suggested_suffixes(images, [*taken, *passed_over]).get('mask_suffix')
    remedy = ''
    if wider not in (None, suffix):
        remedy = f'; {option("mask_suffix", wider)} takes them in any format'
    one = len(passed_over) == 1
    return [
        f'{counted(len(passed_over), "file")} among the masks '
        f'{"does" if one else "do"} not end in {suffix!r} and {"is" if one else "are"} '
        f'not read{remedy}: {shorten(passed_over, _SHOWN)}'
    ]


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
