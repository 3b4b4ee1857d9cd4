"""All users of the page: their tabs, their memory and their time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock

from .limits import LimitReached, Limits
from .session import Session

_WINDOW = 600.0  # seconds in which a user's time is counted
_BUSY = 60.0  # seconds since the last request; who asked later is not put out


@dataclass
class _User:
    tabs: dict[str, Session] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)
    spent: deque = field(default_factory=deque)  # (when, seconds)


class Sessions:
    """The tabs of all users, each known by the user's cookie and its own name.

    Args:
        limits (Limits): Of each user, and of all.
        clock (Callable): Seconds. Defaults to those since some moment.
        work_clock (Callable): Seconds of computing. Defaults to those of the thread, so
            that nobody pays for others.
    """

    def __init__(
        self,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        work_clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self.limits, self.clock, self.work_clock = limits, clock, work_clock
        self._users: dict[str, _User] = {}
        self._lock = RLock()

    def of(self, user: str, tab: str) -> Session:
        """The session of a tab; a new one if it is not known.

        Raises:
            LimitReached: If there are too many users or tabs.
        """
        with self._lock:
            now = self.clock()
            self._drop_idle(now)
            known = self._users.get(user) or self._new_user(user, now)
            if tab not in known.tabs:
                if len(known.tabs) >= self.limits.tabs:
                    self._drop_oldest_tab(known, now)
                require = lambda more: self._require_memory(user, more)
                known.tabs[tab] = Session(self.limits, require)
            known.asked[tab] = now
            return known.tabs[tab]

    def forget(self, user: str, tab: str) -> None:
        """Let go of a tab and all that it holds."""
        with self._lock:
            known = self._users.get(user)
            if known is not None:
                known.tabs.pop(tab, None)
                known.asked.pop(tab, None)
                if not known.tabs and not known.spent:
                    del self._users[user]

    @contextmanager
    def computing(self, user: str) -> Iterator[None]:
        """Count the time of what is computed for a user.

        Raises:
            LimitReached: If the user has no time left.
        """
        self._require_time(user)
        started, worked = self.clock(), self.work_clock()
        try:
            yield
        finally:
            with self._lock:
                if user in self._users:
                    spent = self.work_clock() - worked
                    self._users[user].spent.append((started, spent))

    @property
    def num_bytes(self) -> int:
        """Memory of all sessions."""
        with self._lock:
            every = [one for user in self._users.values() for one in user.tabs.values()]
        return sum(one.num_bytes for one in every)

    def __len__(self) -> int:
        """Number of sessions."""
        with self._lock:
            return sum(len(user.tabs) for user in self._users.values())

    def _new_user(self, user: str, now: float) -> _User:
        if len(self._users) >= self.limits.users:
            name, last = min(
                ((name, max(one.asked.values(), default=0.0))
                 for name, one in self._users.items()),
                key=lambda pair: pair[1],
            )  # fmt: skip
            if now - last < _BUSY:
                raise LimitReached('too many users at the moment; come back later')
            del self._users[name]
        return self._users.setdefault(user, _User())

    def _drop_idle(self, now: float) -> None:
        oldest = now - 60 * self.limits.idle_minutes
        for name, user in list(self._users.items()):
            for tab in [tab for tab, asked in user.asked.items() if asked < oldest]:
                del user.tabs[tab], user.asked[tab]
            if not user.tabs:
                del self._users[name]

    def _drop_oldest_tab(self, user: _User, now: float) -> None:
        tab = min(user.asked, key=user.asked.__getitem__)
        if now - user.asked[tab] < _BUSY:
            raise LimitReached(
                f'{self.limits.tabs} tabs are open, the most here; close one'
            )
        del user.tabs[tab], user.asked[tab]

    def _require_memory(self, user: str, more: int) -> None:
        with self._lock:
            known = self._users.get(user)
            tabs = list(known.tabs.values()) if known else []
        own = sum(one.num_bytes for one in tabs)
        if own + more > self.limits.user_bytes:
            most = self.limits.user_bytes / 2**20
            raise LimitReached(
                f'your photographs take {most:,.0f} MiB, the most here; remove some'
            )
        if self.num_bytes + more > self.limits.total_bytes:
            raise LimitReached(
                'the server is full at the moment; remove photographs, or come back '
                'later'
            )

    def _require_time(self, user: str) -> None:
        with self._lock:
            known = self._users.get(user)
            if known is None:
                return
            now = self.clock()
            while known.spent and known.spent[0][0] < now - _WINDOW:
                known.spent.popleft()
            used = sum(seconds for _, seconds in known.spent)
            if used >= self.limits.seconds:
                wait = known.spent[0][0] + _WINDOW - now
                raise LimitReached(
                    f'{self.limits.seconds:g} seconds of computing in ten minutes are '
                    f'the most here; wait {max(1, round(wait))} seconds'
                )
