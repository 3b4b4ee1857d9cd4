"""CANet's way to choose the number of refinement passes: by the test's labels."""

from __future__ import annotations

import logging

from mmengine.evaluator import Evaluator
from mmengine.logging import print_log
from mmengine.runner import Runner, TestLoop
from torch.utils.data import DataLoader

from ...evaluation import JointTestMetric
from ...models.layers import MultiPassDecoder
from ...registry import LOOPS
from ...utils.distributed import unwrapped


@LOOPS.register_module()
class LabelStoppedTestLoop(TestLoop):
    """Add passes until the mIoU of the test no longer rises, then test with the best.

    CANet's released code does this. It looks at the answers: the score is too high, and
    it cannot be had on images without masks. For comparison with figures that were made
    so, and nothing else; by default ``CANetHead`` stops by itself.

    Args:
        runner (Runner): The runner.
        dataloader (DataLoader | dict): Of test episodes.
        evaluator (Evaluator | dict | list): Needs a metric 'mIoU'.
        max_passes (int): Most passes. Defaults to 5.
        **kwargs: As in mmengine's ``TestLoop``.

    Attributes:
        chosen_passes (int | None): What the last run chose.

    Examples:
        >>> test_cfg = dict(type='LabelStoppedTestLoop')

    Raises:
        ValueError: If the head does not refine its prediction, ``max_passes`` is below
            1, or there are several tests at once.
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: DataLoader | dict,
        evaluator: Evaluator | dict | list,
        max_passes: int = 5,
        **kwargs,
    ) -> None:
        super().__init__(runner, dataloader, evaluator, **kwargs)
        if max_passes < 1:
            raise ValueError(f'max_passes={max_passes}, expected at least 1')
        self.max_passes, self.chosen_passes = max_passes, None
        model = unwrapped(runner.model)
        self.refine = getattr(model.decode_head, 'refine', None)
        if not isinstance(self.refine, MultiPassDecoder):
            raise ValueError(
                f'LabelStoppedTestLoop: {type(model.decode_head).__name__} makes one '
                'pass only; use a head that refines, such as CANetHead, or TestLoop'
            )
        if any(
            isinstance(metric, JointTestMetric) for metric in self.evaluator.metrics
        ):
            raise ValueError(
                'LabelStoppedTestLoop chooses passes by one score: give one --protocol'
            )

    def run(self) -> dict[str, float]:
        """Search the number of passes, then test with it."""
        print_log(
            'LabelStoppedTestLoop chooses the number of passes by the labels of the '
            'test: its score is not a fair one',
            'current',
            logging.WARNING,
        )
        self.chosen_passes = self._search()
        return self._run_with(self.chosen_passes)

    def _search(self) -> int:
        """The number of passes after which one more no longer raises the score."""
        best, passes = self._run_with(1)['mIoU'], 1
        while passes < self.max_passes:
            score = self._run_with(passes + 1)['mIoU']
            if not score > best:
                break
            best, passes = score, passes + 1
        return passes

    def _run_with(self, passes: int) -> dict[str, float]:
        before = self.refine.max_passes, self.refine.tolerance
        self.refine.max_passes, self.refine.tolerance = passes, None
        try:
            return super().run()
        finally:
            self.refine.max_passes, self.refine.tolerance = before
