"""Which file belongs to which image, where names are not the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from .file_listing import composed, name_of

_SEPARATORS = '_-. '
_MOST_SUGGESTED = 0.5  # of the files, at least, have an ending that is suggested


@dataclass(frozen=True)
class NamePattern:
    """What stands behind an image's name in the path of a mask, or of an image itself.

    Args:
        suffix (str, optional): Such as '_mask.png', '.jpg.png'; '_mask' for any format;
            or '_*.png' for several files, one for each instance: '*' is any text
            without '/'. Defaults to None: the format's suffix alone, of any format.
        argument (str): What messages call it. Defaults to 'mask_suffix'.

    Raises:
        ValueError: If it has more than one '*', or says nothing.
    """

    suffix: str | None = None
    argument: str = 'mask_suffix'

    def __post_init__(self) -> None:
        if self.suffix is None:
            return
        if not self.suffix.strip('.*') or self.suffix.count('*') > 1:
            raise ValueError(
                f'{self.argument}={self.suffix!r}, expected what stands behind the name'
                " of an image, with one '*' at most: '_mask.png', '_*.png', or '_mask' "
                'in any format'
            )

    @property
    def ending(self) -> str:
        """What all files of it end in, before their format where it names none."""
        return (self.suffix or '').rpartition('*')[2]

    @property
    def has_format(self) -> bool:
        """Whether it names the format of the files."""
        return '.' in self.ending

    def endings(self, formats: Sequence[str]) -> tuple[str, ...]:
        """What files of it end in.

        Args:
            formats (Sequence[str]): Such as '.png', to be taken where it names none.
        """
        if self.has_format:
            return (self.ending,)
        return tuple(f'{self.ending}{one}' for one in formats)

    @property
    def has_parts(self) -> bool:
        """Whether an image may have several files."""
        return '*' in (self.suffix or '')

    def image_of(self, path: str) -> str | None:
        """Name of the image that a file belongs to; None for other files."""
        if self.suffix is None:
            return name_of(path)
        start, _, end = self.suffix.rpartition('*')
        middle = f'{re.escape(start)}[^/]+' if self.has_parts else ''
        file_format = '' if self.has_format else r'\.[^./]+'
        form = f'(.*){middle}{re.escape(end)}{file_format}'
        found = re.fullmatch(form, path, re.IGNORECASE)
        return composed(found[1]) if found and found[1] else None


def suggested_suffixes(images: Sequence[str], masks: Sequence[str]) -> dict[str, str]:
    """Find what stands behind the images' names in most of the masks' paths.

    Args:
        images (Sequence[str]): Paths of images.
        masks (Sequence[str]): Paths of masks.

    Returns:
        dict[str, str]: ``mask_suffix``, and perhaps ``img_suffix``; empty where most
        masks have no such ending.
    """
    suffix = _usual_rest((name_of(path) for path in images), masks)
    if suffix:
        return dict(mask_suffix=suffix)
    shared = _shared_end(images)
    suffix = shared and _usual_rest((p[: -len(shared)] for p in images), masks)
    return dict(mask_suffix=suffix, img_suffix=shared) if suffix else {}


def suggested_in_one_folder(paths: Sequence[str]) -> str | None:
    """The suffix of masks that lie beside their images, named after them."""
    rests: Counter[str] = Counter()
    names = Counter(map(name_of, paths))
    for path in paths:
        own = name_of(path)
        rest = _rest(path, names, own if names[own] == 1 else None)
        if rest and not _is_photograph(_general(rest)):
            rests[_general(rest)] += 1
    rests = _of_any_format(rests)
    enough = [r for r, n in rests.items() if n >= _MOST_SUGGESTED * len(paths) / 2]
    return max(enough, key=lambda r: (len(r), r.endswith('.png')), default=None)


def _usual_rest(names: Iterable[str], masks: Sequence[str]) -> str:
    known = set(names) - {''}
    found = (_general(rest) for path in masks if (rest := _rest(path, known)))
    rests = _of_any_format(Counter(found))
    suffix, times = max(rests.items(), key=lambda item: item[1], default=('', 0))
    if times < _MOST_SUGGESTED * len(masks) or not name_of(f'a{suffix}')[1:]:
        return ''  # or the suffix of a format, with which names are the same
    return suffix


def _is_photograph(rest: str) -> bool:
    """Whether it is a JPEG's ending that a photograph may have, too."""
    stem, _, kind = rest.lower().rpartition('.')
    return kind in ('jpg', 'jpeg') and (not stem or '*' in stem)


def _of_any_format(rests: Counter[str]) -> Counter[str]:
    """Endings that differ in their format alone are one, without it."""
    formats: dict[str, set[str]] = {}
    for rest in rests:
        formats.setdefault(_without_format(rest), set()).add(rest)
    joined: Counter[str] = Counter()
    for rest, times in rests.items():
        stem = _without_format(rest)
        several = stem and '.' not in stem and len(formats[stem]) > 1
        joined[stem if several else rest] += times
    return joined


def _without_format(rest: str) -> str:
    return rest.rpartition('.')[0]


def _rest(path: str, names: Container[str], own: str | None = None) -> str:
    """What stands behind the longest name, not its own, that the path starts with."""
    path = composed(path)
    for end in range(len(path) - 1, 0, -1):
        start = path[:end]
        if path[end] in _SEPARATORS and start in names and start != own:
            return path[end:]
    return ''


def _general(rest: str) -> str:
    """Numbers of instances as '*', where they are all that differs."""
    return re.sub(r'(?<=[_\-. ])\d+(?=\.\w+$)', '*', rest)


def _shared_end(paths: Sequence[str]) -> str:
    """What all paths end in, from a separator on."""
    turned = [path[::-1] for path in paths]
    low, high = min(turned, default=''), max(turned, default='')
    length = next(
        (i for i, (a, b) in enumerate(zip(low, high)) if a != b),
        min(map(len, (low, high))),
    )
    end = low[:length][::-1]
    starts = [i for i, letter in enumerate(end) if letter in _SEPARATORS]
    return end[starts[0] :] if starts else ''
