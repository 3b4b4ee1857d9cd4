"""Where time and arithmetic go: a clock that runs for one stage at a time.

Methods are wrapped from outside while a context lasts, so that what is measured holds
no timer itself.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import torch
from torch.utils.flop_counter import FlopCounterMode

from fss_mm.structures import TensorRecord

from .machine import ConvolutionProbe, wait_for

REST = 'rest'
_PAUSE, _END = 'pause', object()


class StageTimer:
    """Seconds and FLOPs by stage; time in no stage is that of 'rest'.

    A stage inside another one stops it, so that all stages add up to the total. FLOPs
    are counted at the first call of each method with inputs of a shape, and taken from
    there at later ones: counting slows a call down.

    Args:
        device (torch.device): Waited for at the ends of stages, where it is a GPU.
        probe (ConvolutionProbe, optional): Asked between calls, while the clock stands.
            Defaults to None.
        count_always (bool): Count FLOPs in every call, for what is not a function of
            shapes. Defaults to False.
    """

    def __init__(
        self,
        device: torch.device,
        probe: ConvolutionProbe | None = None,
        count_always: bool = False,
    ) -> None:
        self.device, self.probe, self.count_always = device, probe, count_always
        self.known: dict[tuple, int] = {}
        self.reset()

    def reset(self) -> None:
        """Forget the time, not what is known of FLOPs."""
        self.seconds: dict[str, float] = defaultdict(float)
        self.flops: Counter[str] = Counter()
        self.cpu_seconds = 0.0
        self._stages: list[str] = []
        self._since, self._standing = 0.0, False
        if self.probe is not None:
            self.probe.reset()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure what is done in the context."""
        start = time.process_time()
        with self.stage(REST):
            self._ask()
            yield
        self.cpu_seconds += time.process_time() - start

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Let a stage run; the one around it goes on behind."""
        self._turn()
        self._stages.append(name)
        try:
            yield
        finally:
            self._turn()
            self._stages.pop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Forget what is done in the context."""
        start, self._standing = time.process_time(), True
        with self.stage(_PAUSE):
            yield
        self.seconds.pop(_PAUSE)
        self.cpu_seconds -= time.process_time() - start
        self._standing = False

    def waiting(self, items: Iterable, name: str = 'load') -> Iterator:
        """The same items; waiting for them is a stage."""
        with self.stage(name):
            items = iter(items)
        while True:
            with self.stage(name):
                item = next(items, _END)
            if item is _END:
                return
            yield item

    @contextmanager
    def watching(
        self,
        owner: object,
        stages: Mapping[str, str],
        look: Callable[[str, tuple, dict], None] = lambda name, args, kwargs: None,
    ) -> Iterator[None]:
        """Measure methods of an object.

        Args:
            owner (object): Whose methods they are.
            stages (Mapping[str, str]): Name of a method to that of its stage.
            look (Callable): Called with a method's name, arguments and named arguments
                before each call. Defaults to nothing.
        """
        with ExitStack() as stack:
            for method, stage in stages.items():
                own = self._watched(getattr(owner, method), method, stage, look)
                stack.enter_context(patch.object(owner, method, own))
            yield

    def _watched(
        self, function: Callable, name: str, stage: str, look: Callable
    ) -> Callable:
        def call(*args, **kwargs):
            if self._standing:
                return function(*args, **kwargs)
            look(name, args, kwargs)
            outermost = len(self._stages) <= 1  # an outer one counts what is inside
            if outermost:
                self._ask()
            with self.stage(stage):
                if not outermost:
                    return function(*args, **kwargs)
                key = name, shapes_of(args), shapes_of(kwargs)
                return self._counted(stage, key, lambda: function(*args, **kwargs))

        return call

    def _counted(self, stage: str, key: tuple, call: Callable[[], object]) -> object:
        if self.count_always or key not in self.known:
            self.known[key], result = count_flops(call)
        else:
            result = call()
        self.flops[stage] += self.known[key]
        return result

    def _ask(self) -> None:
        """Look how fast the machine is."""
        if self.probe is not None:
            with self.paused():
                self.probe.ask_if_due()

    def _turn(self) -> None:
        """Give the time since the last turn to the innermost stage."""
        wait_for(self.device)
        now = time.perf_counter()
        if self._stages:
            self.seconds[self._stages[-1]] += now - self._since
        self._since = now


def count_flops(call: Callable[[], object]) -> tuple[int, object]:
    """FLOPs of a call, a multiplication and an addition being two; and its result."""
    with FlopCounterMode(display=False) as counter:
        result = call()
    return counter.get_total_flops(), result


def shapes_of(value: object) -> object:
    """Shapes of all tensors in a value, hashable."""
    if isinstance(value, torch.Tensor):
        return tuple(value.shape)
    if isinstance(value, TensorRecord):
        value = value.tensors()
    if isinstance(value, dict):
        return tuple((key, shapes_of(item)) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(shapes_of, value))
    return None
