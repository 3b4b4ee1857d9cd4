"""What one tab of a user holds: classes, photographs, and what is marked in them.

Shape letters: H W image size.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from threading import RLock

from ..index.class_names import is_background
from ..inference.learned_class import LearnedClass
from ..inference.pictures import Picture
from .examples import Example
from .limits import Limits, Refused, require_room
from .marks import UPLOADED, Marks, mask_of_marks, read_marks
from .opened_model import OpenedModel
from .search import Search
from .uploaded_masks import read_mask_of
from .uploads import Photograph, read_photograph, safe_name

_LONGEST = 40  # letters of a class's name


class Session:
    """The state of one tab; what is learned of it is in its ``search``.

    Args:
        limits (Limits): Of the user.
        require_memory (Callable): Raises where so many bytes more do not fit, of this
            user or of all. It looks at other sessions, and so is never called under the
            lock of one. Defaults to no limit.
    """

    def __init__(
        self, limits: Limits, require_memory: Callable[[int], None] = lambda more: None
    ) -> None:
        self.limits, self.require_memory = limits, require_memory
        self.lock = RLock()
        self.classes: list[str] = []
        self.examples: dict[int, Example] = {}
        self.queries: dict[int, Photograph] = {}
        self.from_file: dict[str, tuple[str, LearnedClass]] = {}
        # not those of a former session, which a page may still show or ask for
        self._numbers = secrets.randbelow(2**48)
        self.search = Search(self)

    @property
    def num_bytes(self) -> int:
        """Memory that photographs, masks and logits take."""
        with self.lock:
            kept = [*self.examples.values(), *self.queries.values()]
        return self.search.num_bytes + sum(one.num_bytes for one in kept)

    # ---- classes -------------------------------------------------------------------

    def add_class(self, name: object) -> str:
        """Add an empty class; returns its name.

        Raises:
            Refused: If it is there, or is no name.
        """
        name = ' '.join(''.join(c for c in str(name) if c.isprintable()).split())
        with self.lock:
            if not name or len(name) > _LONGEST:
                raise Refused(f'a class has a name of 1 to {_LONGEST} letters')
            if is_background(name):
                raise Refused(f'{name!r} is no class: it is what is in none')
            if name in self.classes:
                raise Refused(f'the class {name!r} is there already')
            require_room(len(self.classes), self.limits.classes, 'classes')
            self.classes.append(name)
            return name

    def rename_class(self, name: str, new: object) -> str:
        """Call a class something else; returns its new name.

        Raises:
            Refused: As :meth:`add_class` does, or if it is of a file.
        """
        with self.lock:
            self._require_class(name)
            if name in self.from_file:
                raise Refused(f'{name!r} was learned in a file, which names it')
            place = self.classes.index(name)
            self.classes.remove(name)
            try:
                new = self.add_class(new)
            except Refused:
                self.classes.insert(place, name)
                raise
            self.classes.insert(place, self.classes.pop())
            for one in self.examples.values():
                if one.class_name == name:
                    one.class_name = new
            self.search.forget_what_is_gone()
            return new

    def remove_class(self, name: str) -> None:
        """Forget a class and its examples."""
        with self.lock:
            self._require_class(name)
            self.classes.remove(name)
            self.from_file.pop(name, None)
            for number, one in list(self.examples.items()):
                if one.class_name == name:
                    del self.examples[number]
            self.search.forget_what_is_gone()

    def add_loaded(self, fingerprint: str, loaded: Iterable[LearnedClass]) -> None:
        """Take the classes of a file, all or none.

        Args:
            fingerprint (str): Of their model.
            loaded (Iterable[LearnedClass]): Of the file.

        Raises:
            Refused: If a class is there, or there are too many.
        """
        with self.lock:
            known, classes = dict(self.from_file), list(self.classes)
            try:
                for one in loaded:
                    self.from_file[self.add_class(one.name)] = (fingerprint, one)
            except Refused:
                self.from_file, self.classes = known, classes
                raise

    # ---- photographs ---------------------------------------------------------------

    def add_example(self, content: bytes, name: str, class_name: str) -> Example:
        """Take a photograph that will show a class.

        Raises:
            Refused: If it cannot be used, or is one too many.
        """
        with self.lock:
            self._require_class(class_name)
            if class_name in self.from_file:
                raise Refused(
                    f'{class_name!r} was learned in a file; add a class of another name'
                )
            require_room(len(self.examples), self.limits.supports, 'examples')
        picture, size = self._read(content, name)
        with self.lock:
            require_room(len(self.examples), self.limits.supports, 'examples')
            self._require_class(class_name)
            one = Example(self._named(picture, size), class_name)
            self.examples[one.photograph.number] = one
            return one

    def add_query(self, content: bytes, name: str) -> Photograph:
        """Take a photograph that is searched.

        Raises:
            Refused: If it cannot be used, or is one too many.
        """
        require_room(len(self.queries), self.limits.queries, 'photographs')
        picture, size = self._read(content, name)
        with self.lock:
            require_room(len(self.queries), self.limits.queries, 'photographs')
            photograph = self._named(picture, size)
            self.queries[photograph.number] = photograph
            return photograph

    def remove(self, number: object) -> None:
        """Forget a photograph, if it is there."""
        with self.lock:
            self.examples.pop(number, None)
            self.queries.pop(number, None)
            self.search.forget_what_is_gone()

    def photograph(self, number: int) -> Photograph:
        """Any photograph by its number.

        Raises:
            Refused: If it is gone.
        """
        if number in self.examples:
            return self.examples[number].photograph
        if number in self.queries:
            return self.queries[number]
        raise Refused('this photograph is not here any more; add it again')

    # ---- marks ---------------------------------------------------------------------

    def mark(self, number: int, data: object, model: OpenedModel) -> Example:
        """Make the mask of what was drawn on an example; nothing drawn is no mask.

        A mask that cannot be made leaves the former one as it is.

        Args:
            number (int): Of the example.
            data (object): As the page sends it, see :func:`.marks.read_marks`.
            model (OpenedModel): Whose encoder looks at points.

        Raises:
            Refused: If it makes no mask.
            ValueError: As the library says of a prompt.
        """
        marks = read_marks(data)
        one = self._example(number)
        mask = None
        if not marks.is_empty:
            size, make = one.photograph.picture.size, partial(one.mask_of, model=model)
            mask = mask_of_marks(marks, size, one.uploaded, make)
        with self.lock:
            one.marks, one.mask, one.version = marks, mask, one.version + 1
            one.drawn = data
        return one

    def upload_mask(self, number: int, content: bytes, name: str) -> Example:
        """Take an uploaded mask for an example.

        Raises:
            Refused: If it is no mask of this photograph.
        """
        one = self._example(number)
        mask = read_mask_of(content, safe_name(name), one.photograph, self.limits)
        self.require_memory(mask.nbytes)
        with self.lock:
            one.uploaded, one.mask = mask, mask
            one.marks, one.version = Marks(prompt=UPLOADED), one.version + 1
            one.drawn = dict(prompt=dict(kind=UPLOADED), strokes=[])
        return one

    def marked(self, class_name: str) -> list[Example]:
        """The examples of a class that have a mask."""
        every = list(self.examples.values())
        return [o for o in every if o.class_name == class_name and o.mask is not None]

    # ---- parts ---------------------------------------------------------------------

    def _read(self, content: bytes, name: str) -> tuple[Picture, tuple[int, int]]:
        self.require_memory(0)
        picture, size = read_photograph(content, safe_name(name), self.limits)
        self.require_memory(picture.pixels.nbytes)
        return picture, size

    def _named(self, picture: Picture, size: tuple[int, int]) -> Photograph:
        """With a number and a name that no other one has: ``cup (2).jpg``."""
        stem = stem_of(picture.name)
        suffix = picture.name.removeprefix(stem)
        every = [one.photograph for one in self.examples.values()]
        every += self.queries.values()
        taken = {stem_of(one.name).casefold() for one in every}  # as on any disk
        unique, number = stem, 2
        while unique.casefold() in taken:
            unique, number = f'{stem} ({number})', number + 1
        self._numbers += 1
        named = replace(picture, name=f'{unique}{suffix}')
        return Photograph(self._numbers, named, size)

    def _require_class(self, name: str) -> None:
        if name not in self.classes:
            raise Refused(f'there is no class {name!r}; add it first')

    def _example(self, number: int) -> Example:
        if number not in self.examples:
            raise Refused('this photograph is not here any more; add it again')
        return self.examples[number]


def stem_of(name: str) -> str:
    """A file's name without its suffix."""
    return name.rpartition('.')[0] or name
