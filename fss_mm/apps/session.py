"""What one tab of a user holds: photographs, marks, classes, and what was found.

Shape letters: H W image size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import RLock

import numpy as np

from ..index.class_names import is_background
from ..inference.learned_class import Labelled, LearnedClass
from ..inference.prompts import Prompt
from ..inference.results import SegmentedImage
from .limits import Limits, Refused, require_room
from .marks import UPLOADED, Marks, mask_of_marks, read_marks
from .opened_model import Found, OpenedModel
from .uploads import Photograph, read_mask_of, read_photograph, safe_name

_LONGEST = 40  # letters of a class's name


@dataclass
class Example:
    """A photograph in which a class is marked, or will be.

    Args:
        photograph (Photograph): It.
        class_name (str): What is marked.
        marks (Marks): What was drawn.
        uploaded (np.ndarray, optional): (H, W), bool: a mask that was uploaded.
        mask (np.ndarray, optional): (H, W), bool: of the marks; None while there is
            none.
        version (int): Of the mask.
        drawn (Mapping, optional): The marks as the page has sent them.
        made (tuple, optional): The last prompt and its mask, so that a stroke of the
            brush makes none anew.
    """

    photograph: Photograph
    class_name: str
    marks: Marks = Marks()
    uploaded: np.ndarray | None = None
    mask: np.ndarray | None = None
    version: int = 0
    drawn: Mapping | None = None
    made: tuple[tuple, np.ndarray] | None = None

    @property
    def num_bytes(self) -> int:
        """Memory that it takes."""
        masks = [self.uploaded, self.mask, self.made and self.made[1]]
        return self.photograph.num_bytes + sum(m.nbytes for m in masks if m is not None)

    def mask_of(self, prompt: Prompt, model: OpenedModel) -> np.ndarray:
        """What a prompt becomes, made once."""
        key = prompt, model.key
        if self.made is None or self.made[0] != key:
            self.made = key, model.mask_of(self.photograph.picture, prompt)
        return self.made[1]


class Session:
    """The state of one tab.

    What is learned and found is kept for each model until an example changes.

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
        self._numbers = 0
        self._learned: dict[tuple, tuple[tuple, LearnedClass]] = {}
        self._found: dict[tuple, tuple[LearnedClass, tuple]] = {}

    @property
    def num_bytes(self) -> int:
        """Memory that photographs, masks and logits take."""
        with self.lock:
            found = [x for _, own in self._found.values() for x in own]
            kept = [*self.examples.values(), *self.queries.values()]
        logits = sum(x.numel() * x.element_size() for x in found)
        return logits + sum(one.num_bytes for one in kept)

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
            self._forget(lambda key: key[1] == name)
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
            self._forget(lambda key: key[1] == name)

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
        photograph = self._read(content, name)
        with self.lock:
            require_room(len(self.examples), self.limits.supports, 'examples')
            self._require_class(class_name)
            one = Example(photograph, class_name)
            self.examples[photograph.number] = one
            return one

    def add_query(self, content: bytes, name: str) -> Photograph:
        """Take a photograph that is searched.

        Raises:
            Refused: If it cannot be used, or is one too many.
        """
        require_room(len(self.queries), self.limits.queries, 'photographs')
        photograph = self._read(content, name)
        with self.lock:
            require_room(len(self.queries), self.limits.queries, 'photographs')
            self.queries[photograph.number] = photograph
            return photograph

    def remove(self, number: object) -> None:
        """Forget a photograph, if it is there."""
        with self.lock:
            self.examples.pop(number, None)
            self.queries.pop(number, None)
            self._forget(lambda key: key[2:] == (number,))

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

    # ---- what is learned and found -------------------------------------------------

    def marked(self, class_name: str) -> list[Example]:
        """The examples of a class that have a mask."""
        every = list(self.examples.values())
        return [o for o in every if o.class_name == class_name and o.mask is not None]

    def learned(self, model: OpenedModel) -> list[LearnedClass]:
        """All classes that have examples, learned by a model.

        Raises:
            Refused: If there is none, or one is of a file of another model.
            ValueError: As the library says of a class.
        """
        with self.lock:
            examples = {name: self.marked(name) for name in self.classes}
            loaded = dict(self.from_file)
        found = []
        for name, own in examples.items():
            if name in loaded:
                found.append(_of_this_model(name, *loaded[name], model))
            elif own:
                found.append(self._learn(name, own, model))
        if not found:
            raise Refused('mark the object in one photograph first')
        return found

    def find(self, number: int, model: OpenedModel) -> Found:
        """Look for all classes in a photograph.

        Raises:
            Refused: If it is gone, or nothing was learned.
        """
        return self.found_of(number, model, self.learned(model))

    def found_of(
        self, number: int, model: OpenedModel, classes: Sequence[LearnedClass]
    ) -> Found:
        """Logits of classes in a photograph; only what changed is computed."""
        picture = self.photograph(number).picture
        keys = [(model.key, one.name, number) for one in classes]
        kept = [self._found.get(key) for key in keys]
        missing = [
            (key, one)
            for key, one, former in zip(keys, classes, kept)
            if former is None or former[0] is not one
        ]
        if missing:
            logits = model.find(picture, [one for _, one in missing])
            with self.lock:
                if number in self.queries:
                    for (key, one), own in zip(missing, logits):
                        self._found[key] = (one, own)
            fresh = {key: own for (key, _), own in zip(missing, logits)}
        else:
            fresh = {}
        every = [fresh[k] if k in fresh else f[1] for k, f in zip(keys, kept)]
        return Found(picture, tuple(classes), tuple(every))

    def segmented(
        self, number: int, model: OpenedModel, threshold: float = 0.5, whole=False
    ) -> SegmentedImage:
        """One mask of all classes in a photograph.

        Args:
            number (int): Of the photograph.
            model (OpenedModel): Which finds them.
            threshold (float): Of probability, from 0.01 to 0.99.
            whole (bool): In the photograph's own size. Defaults to False: in the size
                that is worked with.

        Raises:
            Refused: As :meth:`find` does, or for another threshold.
        """
        if not 0.01 <= threshold <= 0.99:
            raise Refused(f'a threshold of {threshold:g}, expected 0.01 to 0.99')
        found = self.find(number, model)
        photograph = self.photograph(number)
        size = photograph.size if whole else photograph.picture.size
        return model.segmented(found, size, threshold)

    # ---- parts ---------------------------------------------------------------------

    def _learn(
        self, name: str, examples: Sequence[Example], model: OpenedModel
    ) -> LearnedClass:
        made_of = tuple((one.photograph.number, one.version) for one in examples)
        former = self._learned.get((model.key, name))
        if former is not None and former[0] == made_of:
            return former[1]
        labelled = [
            Labelled(one.photograph.picture, one.mask.astype(np.uint8))
            for one in examples
        ]
        learned = replace(model.learn(name, labelled), supports=())
        with self.lock:
            self._learned[model.key, name] = made_of, learned
        return learned

    def _read(self, content: bytes, name: str) -> Photograph:
        name = safe_name(name)
        self.require_memory(0)
        picture, size = read_photograph(content, name, self.limits)
        self.require_memory(picture.pixels.nbytes)
        with self.lock:
            self._numbers += 1
            unique = replace(picture, name=self._unique(name))
            return Photograph(self._numbers, unique, size)

    def _unique(self, name: str) -> str:
        """A name that no other photograph has: ``cup (2).jpg``."""
        stem, dot, suffix = name.rpartition('.')
        stem, suffix = (stem, dot + suffix) if stem else (name, '')
        every = [one.photograph for one in self.examples.values()]
        taken = {stem_of(one.name) for one in (*every, *self.queries.values())}
        unique, number = stem, 2
        while unique in taken:
            unique, number = f'{stem} ({number})', number + 1
        return f'{unique}{suffix}'

    def _require_class(self, name: str) -> None:
        if name not in self.classes:
            raise Refused(f'there is no class {name!r}; add it first')

    def _example(self, number: int) -> Example:
        if number not in self.examples:
            raise Refused('this photograph is not here any more; add it again')
        return self.examples[number]

    def _forget(self, which) -> None:
        for kept in (self._learned, self._found):
            for key in [key for key in kept if which(key)]:
                del kept[key]


def stem_of(name: str) -> str:
    """A file's name without its suffix."""
    return name.rpartition('.')[0] or name


def _of_this_model(
    name: str, fingerprint: str, learned: LearnedClass, model: OpenedModel
) -> LearnedClass:
    if fingerprint != model.fingerprint:
        raise Refused(
            f'the class {name!r} was learned in a file by another model; choose that '
            'model, or remove the class'
        )
    return learned


def view_of_limits(limits: Limits) -> Mapping[str, float]:
    """What the page says of limits."""
    return dict(
        mib=limits.file_bytes / 2**20,
        megapixels=limits.pixels / 1e6,
        supports=limits.supports,
        queries=limits.queries,
        page=limits.page,
    )
