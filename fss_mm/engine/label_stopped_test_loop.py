"""CANet's way to choose the number of refinement passes: by the test's labels."""

from __future__ import annotations

import logging

from mmengine.evaluator import Evaluator
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner, TestLoop
from torch.utils.data import DataLoader

from ..models.layers import IterativeOptimisation
from ..registry import LOOPS


@LOOPS.register_module()
class LabelStoppedTestLoop(TestLoop):
    """Add passes until the mIoU of the test first drops, then test with the best.

    CANet's released code does this. It looks at the answers: the score is too high, and
    it cannot be had on images without masks. For comparison with figures that were made
    so, and nothing else; by default ``CANetHead`` stops by itself.

    Args:
        runner (Runner): The runner.
        dataloader (DataLoader | dict): Of test episodes.
        evaluator (Evaluator | dict | list): Needs a metric 'mIoU'.
        max_passes (int): Most passes. Defaults to 5.
        **kwargs: As in mmengine's ``TestLoop``.

    Examples:
        >>> test_cfg = dict(type='LabelStoppedTestLoop')

    Raises:
        ValueError: If the head does not refine its prediction.
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
        self.max_passes = max_passes
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        self.refine = getattr(model.decode_head, 'refine', None)
        if not isinstance(self.refine, IterativeOptimisation):
            raise ValueError(
                f'LabelStoppedTestLoop: {type(model.decode_head).__name__} makes one '
                'pass only; use a head that refines, such as CANetHead, or TestLoop'
            )

    def run(self) -> dict[str, float]:
        """Search the number of passes, then test with it."""
        print_log(
            'LabelStoppedTestLoop chooses the number of passes by the labels of the '
            'test: its score is not a fair one',
            'current',
            logging.WARNING,
        )
        passes = self._search()
        for metric in self.evaluator.metrics:
            if getattr(metric, 'provenance', None) is not None:
                metric.provenance['label_stopped_passes'] = passes
        return self._run_with(passes)

    def _search(self) -> int:
        """The number of passes before the first drop."""
        reports = [getattr(m, 'report', None) for m in self.evaluator.metrics]
        for metric in self.evaluator.metrics:
            metric.report = None  # only the last run is reported
        best, passes = -1.0, 0
        while passes < self.max_passes:
            score = self._run_with(passes + 1)['mIoU']
            if score < best:
                break
            best, passes = score, passes + 1
        for metric, report in zip(self.evaluator.metrics, reports):
            metric.report = report
        return passes

    def _run_with(self, passes: int) -> dict[str, float]:
        before = self.refine.max_passes, self.refine.tolerance
        self.refine.max_passes, self.refine.tolerance = passes, None
        try:
            return super().run()
        finally:
            self.refine.max_passes, self.refine.tolerance = before
