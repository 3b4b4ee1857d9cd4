"""The models that the page offers, opened when somebody asks for them."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from threading import RLock

from .at_hand import STRATEGIES, ModelChoice
from .feature_cache import FeatureCache
from .limits import Refused
from .opened_model import OpenedModel

_LOG = logging.getLogger('fss_mm.web')


class Models:
    """Opened models, the last ones of which are kept.

    Args:
        choices (Sequence[ModelChoice]): One or more.
        most (int): That are kept open. Defaults to 4.
        cache (FeatureCache, optional): Shared by all. Defaults to a new one.
    """

    def __init__(
        self,
        choices: Sequence[ModelChoice],
        most: int = 4,
        cache: FeatureCache | None = None,
    ) -> None:
        self.choices = {choice.title: choice for choice in choices}
        self.most = most
        self.cache = cache or FeatureCache()
        self._opened: OrderedDict[tuple[str, str], OpenedModel] = OrderedDict()
        self._lock = RLock()

    def get(self, title: str | None = None, strategy: str | None = None) -> OpenedModel:
        """A model, opened if it is not.

        Args:
            title (str, optional): Of a choice. Defaults to the first one's.
            strategy (str, optional): A name of :data:`.at_hand.STRATEGIES`. Defaults to
                the first one.

        Raises:
            Refused: If there is none, or it cannot be used so.
        """
        title = title or next(iter(self.choices))
        strategy = strategy or next(iter(STRATEGIES))
        if title not in self.choices or strategy not in STRATEGIES:
            raise Refused('there is no such model here; load the page again')
        key = title, strategy
        with self._lock:
            found = self._opened.get(key)
            if found is None:
                try:
                    found = OpenedModel.open(key, self.choices[key[0]], self.cache)
                except Exception as error:  # of any kind, as a config has any mistake
                    _LOG.warning('%s cannot be opened', title, exc_info=error)
                    raise Refused(f'{title}, {strategy}: {_said(error)}') from error
                self._opened[key] = found
            self._opened.move_to_end(key)
            while len(self._opened) > self.most:
                _, gone = self._opened.popitem(last=False)
                self.cache.forget(gone.inferencer.segmentor)
            return found

    def describe(self) -> list[dict]:
        """Of each choice: title, and of opened ones licence and seconds a picture."""
        with self._lock:
            opened = {key[0]: one for key, one in self._opened.items()}
        return [
            dict(
                title=title,
                licence=opened[title].licence if title in opened else None,
                seconds=opened[title].seconds if title in opened else None,
            )
            for title in self.choices
        ]


def _said(error: Exception) -> str:
    """An error's message; behind its type, in a line, where it is not our own."""
    if isinstance(error, (OSError, ValueError)):
        return str(error)
    return ' '.join(f'{type(error).__name__}: {error}'.split())
