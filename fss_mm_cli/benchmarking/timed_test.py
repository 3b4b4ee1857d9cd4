"""A test, run through its real loop, with a clock around each part of the model."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from unittest.mock import patch
from uuid import uuid4

import numpy as np
import torch
from mmengine.config import Config
from mmengine.runner import TestLoop
from torch.utils.data import DataLoader

from fss_mm.engine import FewShotRunner
from fss_mm.engine.loops import EncodeOnceTestLoop, episode_stream
from fss_mm.engine.loops.stepping_aside import reason_to_step_aside
from fss_mm.registry import LOOPS
from fss_mm.utils.distributed import unwrapped

from .configs import precision_of
from .machine import ConvolutionProbe, peak_memory, reset_peak_memory
from .measurement import Measurement
from .stage_timer import StageTimer

STAGES = ('load', 'encode', 'represent', 'segment', 'score')
OF_MODEL = dict(
    encode_at='encode',
    describe_supports='represent',
    describe_queries='represent',
    represent='represent',
    segment='segment',
    write_predictions='score',
)
OF_EVALUATOR = dict(process='score', evaluate='score')
WARM_UP = dict(cpu=1, cuda=64)  # episodes; a GPU wants whole batches


class TimedTest:
    """A model and its test, which can be run over lists of episodes.

    Args:
        cfg (Config): A whole experiment, with ``work_dir``; it is not changed.
        checkpoint (str, optional): Weights. Defaults to None: random ones.
        other (TimedTest, optional): Use its model, for a test that differs in loop and
            precision alone, and runs meanwhile. Defaults to None.
    """

    def __init__(
        self,
        cfg: Config,
        checkpoint: str | None = None,
        other: TimedTest | None = None,
    ) -> None:
        self.cfg = cfg
        self.runner = other.runner if other else _build_runner(cfg, checkpoint)
        self.model = unwrapped(self.runner.model)
        self.model.require_shots(cfg.test_dataloader.dataset.get('num_shots', 1))
        self.device = next(self.model.parameters()).device
        if other and precision_of(other.cfg) == precision_of(cfg):
            probe = other.timer.probe
        else:
            probe = ConvolutionProbe(self.device, precision_of(cfg))
        self.timer = StageTimer(self.device, probe)
        self.episodes = self.images = self.tasks = self.peak_memory = 0
        self._others: deque[tuple[float, Callable]] = deque()
        self.stepped_aside: str | None = None

    def warm_up(self, num_episodes: int, seeds: Sequence[int]) -> None:
        """Run a few episodes that do not count, but for their memory."""
        self.run(min(num_episodes, WARM_UP[self.device.type]), seeds[:1])
        self.episodes = self.images = self.tasks = 0
        self.timer.reset()

    def run(
        self,
        num_episodes: int,
        seeds: Sequence[int],
        others: Sequence[Callable[[], None]] = (),
    ) -> None:
        """Run the test.

        Args:
            num_episodes (int): Of each list.
            seeds (Sequence[int]): One list for each.
            others (Sequence[Callable]): Called at even distances meanwhile, while the
                clock stands. Defaults to none.
        """
        loop = self._build_loop(num_episodes, seeds)
        if isinstance(loop, EncodeOnceTestLoop):
            self.stepped_aside = reason_to_step_aside(self.model, loop.dataloader)
        self.runner._test_loop = loop  # where hooks look for it
        places = np.linspace(0, num_episodes * len(seeds), len(others), endpoint=False)
        self._others = deque(zip(places, others))
        reset_peak_memory(self.device)
        with self._watching(loop), self.timer.running():
            loop.run()
        self._keep_peak()

    def steps(self, num_episodes: int, seeds: Sequence[int]) -> list[Callable]:
        """The same test as functions, each of which runs the next batch."""
        loop = self._build_loop(num_episodes, seeds)
        batches = iter(loop.dataloader)

        def step(number: int) -> None:
            with self._watching(loop), self.timer.running():
                loop.run_iter(number, next(batches))

        return [partial(step, number) for number in range(len(loop.dataloader))]

    def result(self, name: str, whole: int) -> Measurement:
        """What was measured.

        Args:
            name (str): What it is called.
            whole (int): Episodes that it stands for.
        """
        return Measurement.of(
            self.timer,
            STAGES,
            name=name,
            precision=precision_of(self.cfg),
            episodes=self.episodes,
            whole=whole,
            images=self.images,
            peak_memory=self.peak_memory,
        )

    def _build_loop(self, num_episodes: int, seeds: Sequence[int]) -> TestLoop:
        loader = copy.deepcopy(self.cfg.test_dataloader)
        loader.sampler.update(num_episodes=num_episodes, seeds=list(seeds))
        parts = dict(
            runner=self.runner,
            dataloader=loader,
            evaluator=copy.deepcopy(self.cfg.test_evaluator),
        )
        loop = LOOPS.build(dict(self.cfg.test_cfg, **parts))
        loop.dataloader = _TimedLoader(loop.dataloader, self.timer)
        return loop

    @contextmanager
    def _watching(self, loop: TestLoop) -> Iterator[None]:
        watch, load = self.timer.watching, episode_stream.image_stream

        def stream(*args) -> Iterator:
            return self.timer.waiting(load(*args))

        arithmetic, precision = self.model.arithmetic, precision_of(self.cfg)
        with ExitStack() as stack:
            # a model that two tests share computes as each one's config says
            stack.enter_context(patch.object(arithmetic, 'precision', precision))
            stack.enter_context(patch.object(episode_stream, 'image_stream', stream))
            stack.enter_context(watch(self.model, OF_MODEL, self._look))
            stack.enter_context(watch(loop.evaluator, OF_EVALUATOR, self._look))
            yield

    def _look(self, name: str, args: tuple, kwargs: dict) -> None:
        """Count images, queries that are compared with a class, and episodes."""
        if name == 'encode_at':
            self.images += num_images(args[1])
        elif name == 'segment':
            self.tasks += len(args[0].levels[0])
        elif name == 'process':
            self._do_others()
            self.episodes += len(kwargs['data_samples'])

    def _do_others(self) -> None:
        """Call what is due, at the cost of neither time nor memory."""
        if not self._others or self.episodes < self._others[0][0]:
            return
        self._keep_peak()
        with self.timer.paused():
            self._others.popleft()[1]()
        reset_peak_memory(self.device)

    def _keep_peak(self) -> None:
        self.peak_memory = max(self.peak_memory, peak_memory(self.device))


def num_images(inputs: dict[str, torch.Tensor]) -> int:
    """Queries and supports in the inputs of an encoder."""
    queries = len(inputs.get('query', ()))
    return queries + inputs.get('support', torch.empty(0)).shape[:2].numel()


class _TimedLoader:
    """A loader whose waiting time is a stage; in all else that loader."""

    def __init__(self, loader: DataLoader, timer: StageTimer) -> None:
        self.loader, self.timer = loader, timer

    def __iter__(self):
        return self.timer.waiting(self.loader)

    def __len__(self) -> int:
        return len(self.loader)

    def __getattr__(self, name: str):
        return getattr(self.loader, name)


def _build_runner(cfg: Config, checkpoint: str | None) -> FewShotRunner:
    """A Runner for a test alone, quiet but for errors."""
    cfg = copy.deepcopy(cfg)
    for part in ('train', 'val'):
        cfg[f'{part}_dataloader'] = cfg[f'{part}_cfg'] = None
    cfg.val_evaluator = cfg.optim_wrapper = cfg.param_scheduler = None
    cfg.default_hooks.pop('visualization', None)
    cfg.log_level, cfg.experiment_name = 'ERROR', uuid4().hex
    cfg.load_from, cfg.resume = checkpoint, False
    runner = FewShotRunner.from_cfg(cfg)
    runner.load_or_resume()
    runner.call_hook('before_run')
    runner.model.eval()
    return runner
