r"""Which image of a folder a written name means: that of a JSON, or of a list.

Annotation tools write names as they saw them: with folders of another machine
(``C:\data\images\a.jpg``), or with a prefix of their own (Label Studio:
``upload/1/0f3a9b2c-a.jpg``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from .file_listing import IMAGE_SUFFIXES, UNREAD_SUFFIXES, composed

_SUFFIXES = IMAGE_SUFFIXES + UNREAD_SUFFIXES
_UPLOAD_PREFIX = re.compile(r'[0-9a-f]{8}-(?=.)')
_LOCAL_FILES = '?d='  # of Label Studio's addresses of local files


class ImageNames:
    """Finds images by written names.

    Args:
        files (Mapping[str, str]): Name of each image to its path under the folder, as
            :class:`~.file_listing.FileListing` has it.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._known = {
            without_suffix(composed(path)): name for name, path in files.items()
        } | {name: name for name in files}
        self._known |= {composed(path): name for name, path in files.items()}
        self._inside: dict[str, list[str]] = {}
        for name in files:
            self._inside.setdefault(name.rpartition('/')[2], []).append(name)

    def find(self, written: str) -> tuple[str, ...]:
        """Names of the images that are meant: one, none, or several by mistake.

        In this order: the path under the folder, with or without suffix; what is left
        of it without the first folders; for a bare name, an image in any folder; all of
        it again without an upload prefix.
        """
        plain = composed(written).strip()
        name = self._known.get(plain)
        if name is not None:
            return (name,)
        for path in dict.fromkeys(map(_path, (plain, composed(unquote(plain))))):
            folders, slash, last = path.rpartition('/')
            bare = _UPLOAD_PREFIX.sub('', last, count=1)
            for known in dict.fromkeys((path, f'{folders}{slash}{bare}')):
                found = self._found(known)
                if found:
                    return found
        return ()

    def _found(self, path: str) -> tuple[str, ...]:
        for tail in _tails(path):
            for key in (tail, without_suffix(tail)):
                if key in self._known:
                    return (self._known[key],)
        if '/' in path:
            return ()
        return tuple(self._inside.get(without_suffix(path), ()))


def without_suffix(name: str) -> str:
    """A name without the suffix of an image, if it has one."""
    stem, dot, suffix = name.rpartition('.')
    return stem if f'{dot}{suffix}'.lower() in _SUFFIXES else name


def _path(written: str) -> str:
    return written.rpartition(_LOCAL_FILES)[2].replace('\\', '/').removeprefix('./')


def _tails(path: str) -> Iterator[str]:
    """A path, then what is left of it without its first folder, and so on."""
    while path:
        yield path
        path = path.partition('/')[2]
