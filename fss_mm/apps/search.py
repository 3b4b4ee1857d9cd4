"""What is learned from a tab's examples, and found in its photographs.

Shape letters: H W image size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..inference.learned_class import Labelled, LearnedClass
from ..inference.results import SegmentedImage
from .examples import Example
from .limits import Refused
from .opened_model import Found, OpenedModel

if TYPE_CHECKING:
    from .session import Session


class Search:
    """Classes and logits of a session, kept for each model until an example changes.

    Args:
        session (Session): Whose examples are learned from.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._learned: dict[tuple, tuple[tuple, LearnedClass]] = {}
        self._found: dict[tuple, tuple[LearnedClass, tuple]] = {}

    @property
    def num_bytes(self) -> int:
        """Memory that logits take."""
        with self.session.lock:
            found = [x for _, own in self._found.values() for x in own]
        return sum(x.numel() * x.element_size() for x in found)

    def learned(self, model: OpenedModel) -> list[LearnedClass]:
        """All classes that have examples, learned by a model.

        Raises:
            Refused: If there is none, or one is of a file of another model.
            ValueError: As the library says of a class.
        """
        session = self.session
        with session.lock:
            examples = {  # copies: a mask may be drawn anew meanwhile
                name: [replace(one) for one in session.marked(name)]
                for name in session.classes
            }
            loaded = dict(session.from_file)
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
        picture = self.session.photograph(number).picture
        keys = [(model.key, one.name, number) for one in classes]
        kept = [self._found.get(key) for key in keys]
        missing = [
            (key, one)
            for key, one, former in zip(keys, classes, kept)
            if former is None or former[0] is not one
        ]
        if missing:
            logits = model.find(picture, [one for _, one in missing])
            with self.session.lock:
                if number in self.session.queries:
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
        photograph = self.session.photograph(number)
        size = photograph.size if whole else photograph.picture.size
        return model.segmented(found, size, threshold)

    def forget_what_is_gone(self) -> None:
        """Let go of classes and photographs that the session has no more."""
        classes, queries = self.session.classes, self.session.queries
        for key in [key for key in self._learned if key[1] not in classes]:
            del self._learned[key]
        for model, name, number in list(self._found):
            if name not in classes or number not in queries:
                del self._found[model, name, number]

    # ---- parts ---------------------------------------------------------------------

    def _learn(
        self, name: str, examples: Sequence[Example], model: OpenedModel
    ) -> LearnedClass:
        made_of = tuple((one.photograph.number, one.version) for one in examples)
        former = self._learned.get((model.key, name))
        if former is not None and former[0] == made_of:
            return former[1]
        labelled = [Labelled(one.photograph.picture, one.mask) for one in examples]
        learned = replace(model.learn(name, labelled), supports=())
        with self.session.lock:
            self._learned[model.key, name] = made_of, learned
        return learned


def _of_this_model(
    name: str, fingerprint: str, learned: LearnedClass, model: OpenedModel
) -> LearnedClass:
    if fingerprint != model.fingerprint:
        raise Refused(
            f'the class {name!r} was learned in a file by another model; choose that '
            'model, or remove the class'
        )
    return learned
