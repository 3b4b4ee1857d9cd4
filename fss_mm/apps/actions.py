"""What the page can ask for: from plain values to plain values.

Each action takes the desk (all that the server has), a session and the page's data, and
gives what the page shows next.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from mmengine.logging import MMLogger

from .at_hand import STRATEGIES
from .drawn import COLORS, mask_layer
from .examples import Example
from .limits import Limits, Refused
from .models import Models
from .opened_model import OpenedModel
from .session import Session
from .sessions import Sessions


@dataclass(frozen=True)
class Desk:
    """All that the server has.

    Args:
        models (Models): Which can be chosen.
        sessions (Sessions): Of all users.
    """

    models: Models
    sessions: Sessions

    def model_of(self, data: Mapping) -> OpenedModel:
        """The model that a request names, else the first one."""
        return self.models.get(*(_text(data, key) for key in ('model', 'strategy')))


def view(desk: Desk, session: Session, data: Mapping) -> dict:
    """Classes, examples and photographs, as the page shows them."""
    with session.lock:
        return dict(
            classes=[_class(session, name) for name in session.classes],
            queries=[
                dict(id=one.number, name=one.name, width=w, height=h)
                for one in session.queries.values()
                for h, w in [one.picture.size]
            ],
            mib=session.num_bytes / 2**20,
        )


def start(desk: Desk, session: Session, data: Mapping) -> dict:
    """What the page needs once."""
    desk.models.get()  # so that its time and licence are known
    return view(desk, session, data) | dict(
        models=desk.models.describe(),
        strategies={name: said for name, (said, _) in STRATEGIES.items()},
        colors=COLORS,
        limits=_limits(session.limits),
    )


def add_class(desk: Desk, session: Session, data: Mapping) -> dict:
    """A new class of a name."""
    name = session.add_class(data.get('name', ''))
    return view(desk, session, data) | dict(current=name)


def rename_class(desk: Desk, session: Session, data: Mapping) -> dict:
    """Another name for a class."""
    name = session.rename_class(str(data.get('name')), data.get('new', ''))
    return view(desk, session, data) | dict(current=name)


def remove_class(desk: Desk, session: Session, data: Mapping) -> dict:
    """A class less."""
    session.remove_class(str(data.get('name')))
    return view(desk, session, data)


def remove(desk: Desk, session: Session, data: Mapping) -> dict:
    """A photograph less."""
    session.remove(_number(data))
    return view(desk, session, data)


def example(desk: Desk, session: Session, data: Mapping) -> dict:
    """One example, to be drawn on."""
    return _example(session, _number(data), {})


def mark(desk: Desk, session: Session, data: Mapping) -> dict:
    """The mask of what was drawn."""
    started = time.perf_counter()
    with said() as lines:
        one = session.mark(_number(data), data.get('marks'), desk.model_of(data))
    seconds = time.perf_counter() - started
    more = dict(said=lines, seconds=seconds)
    return view(desk, session, data) | _example(session, one.photograph.number, more)


def find(desk: Desk, session: Session, data: Mapping) -> dict:
    """Masks of some photographs, at a threshold, and what each class is worth."""
    model, threshold = desk.model_of(data), _threshold(data)
    numbers = _numbers(data, session.limits.page)
    started, passes = time.perf_counter(), desk.models.cache.passes
    with said() as lines:
        worth = [_worth(one) for one in session.search.learned(model)]
        results = [_result(session, one, model, threshold) for one in numbers]
    return dict(
        results=results,
        worth=worth,
        said=lines,
        seconds=time.perf_counter() - started,
        encoded=desk.models.cache.passes - passes,
        model=dict(
            title=model.key[0],
            strategy=model.key[1],
            licence=model.licence,
            seconds=model.seconds,
        ),
    )


def leave(desk: Desk, session: Session, data: Mapping) -> dict:
    """Forget everything in a tab."""
    with session.lock:
        for name in list(session.classes):
            session.remove_class(name)
        for number in list(session.queries):
            session.remove(number)
    return view(desk, session, data)


ACTIONS: dict[str, Callable[[Desk, Session, Mapping], dict]] = {
    action.__name__: action
    for action in (
        start,
        view,
        add_class,
        remove_class,
        rename_class,
        remove,
        example,
        mark,
        find,
        leave,
    )  # fmt: skip
}


@contextmanager
def said() -> Iterator[list[str]]:
    """Collect the warnings of the library in this thread, for who has caused them."""
    lines: list[str] = []
    handler = _Lines(lines)
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.lines, self.thread = lines, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread and record.getMessage() not in self.lines:
            self.lines.append(record.getMessage())


def _class(session: Session, name: str) -> dict:
    own = [one for one in session.examples.values() if one.class_name == name]
    return dict(
        name=name,
        from_file=name in session.from_file,
        examples=[
            dict(
                id=one.photograph.number,
                name=one.photograph.name,
                marked=one.mask is not None,
                version=one.version,
            )
            for one in own
        ],
    )


def _example(session: Session, number: int, more: Mapping) -> dict:
    if number not in session.examples:
        raise Refused('this photograph is not here any more; add it again')
    one = session.examples[number]
    height, width = one.photograph.picture.size
    shown = dict(
        id=number,
        name=one.photograph.name,
        width=width,
        height=height,
        layer=_layer(session, one),
        share=None if one.mask is None else float((one.mask == 1).mean()),
        uploaded=one.uploaded is not None,
        marks=one.drawn,
    )
    return dict(example=shown) | dict(more)


def _layer(session: Session, one: Example) -> str | None:
    if one.mask is None:
        return None
    place = 1 + session.classes.index(one.class_name)
    return mask_layer(np.where(one.mask == 1, place, 0).astype(np.uint8))


def _worth(learned) -> dict:
    iou = learned.mean_iou
    return dict(
        name=learned.name,
        examples=learned.num_supports,
        iou=None if math.isnan(iou) else iou,
        ious=list(learned.held_out_ious),
    )


def _result(
    session: Session, number: int, model: OpenedModel, threshold: float
) -> dict:
    found = session.search.segmented(number, model, threshold)
    places = [1 + session.classes.index(name) for name in found.classes]
    colors = np.array([0, *places], np.uint8)  # a class without examples has none
    counts = np.bincount(found.mask.ravel(), minlength=len(places) + 1)
    return dict(
        id=number,
        layer=mask_layer(colors[found.mask]),
        classes=[
            dict(name=name, score=found.scores[name], share=count / found.mask.size)
            for name, count in zip(found.classes, counts[1:].tolist())
        ],
    )


def _text(data: Mapping, key: str) -> str | None:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise Refused(f'a {key} is named by a text; load the page again')
    return value


def _numbers(data: Mapping, most: int) -> list[int]:
    numbers = data.get('ids', [])
    if not isinstance(numbers, list) or len(numbers) > most:
        raise Refused(f'up to {most} photographs are searched at once')
    return [_number(dict(id=number)) for number in numbers]


def _number(data: Mapping) -> int:
    number = data.get('id')
    if not isinstance(number, int):
        raise Refused('no photograph is chosen; choose one')
    return number


def _threshold(data: Mapping) -> float:
    value = data.get('threshold', 0.5)
    if not isinstance(value, (int, float)) or not 0.01 <= value <= 0.99:
        raise Refused(f'a threshold of {str(value)[:20]!r}, expected 0.01 to 0.99')
    return float(value)


def _limits(limits: Limits) -> dict[str, float]:
    """What the page says of limits."""
    return dict(
        mib=limits.file_bytes / 2**20,
        megapixels=limits.pixels / 1e6,
        supports=limits.supports,
        queries=limits.queries,
        page=limits.page,
    )
