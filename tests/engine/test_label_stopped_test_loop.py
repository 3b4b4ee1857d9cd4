"""The loop against a run whose score after each number of passes is known."""

from types import SimpleNamespace

import pytest
from mmengine.runner import loops

from fss_mm.engine import LabelStoppedTestLoop
from fss_mm.evaluation import JointTestMetric
from fss_mm.models.layers import AttentiveFusion, IterativeOptimization


def loop(scores, monkeypatch):
    """A loop whose test gives ``scores[passes - 1]``."""
    it = LabelStoppedTestLoop.__new__(LabelStoppedTestLoop)
    it.refine = IterativeOptimization(4)
    it.max_passes = len(scores)

    def run(self):
        assert self.refine.tolerance is None, 'every pass is made'
        return dict(mIoU=scores[self.refine.max_passes - 1])

    monkeypatch.setattr(loops.TestLoop, 'run', run)
    return it


@pytest.mark.parametrize(
    'scores, passes',
    [((50, 52, 51, 60), 2), ((50, 40, 60, 60), 1), ((1, 2, 3, 4), 4), ((0, 0, 0), 1)],
)
def test_passes_while_the_score_rises(scores, passes, monkeypatch):
    it = loop(scores, monkeypatch)
    assert it.run()['mIoU'] == scores[passes - 1]
    assert it.chosen_passes == passes
    assert (it.refine.max_passes, it.refine.tolerance) == (5, 0.0)


def test_heads_that_do_not_refine_are_refused(monkeypatch):
    monkeypatch.setattr(loops.TestLoop, '__init__', lambda self, *args, **kwargs: None)
    model = SimpleNamespace(decode_head=AttentiveFusion(2))
    with pytest.raises(ValueError, match='AttentiveFusion makes one pass only; use a'):
        LabelStoppedTestLoop(SimpleNamespace(model=model), None, None)
    with pytest.raises(ValueError, match='max_passes=0, expected at least 1'):
        LabelStoppedTestLoop(SimpleNamespace(model=model), None, None, max_passes=0)


def test_several_protocols_are_refused(monkeypatch):
    def build(self, *args, **kwargs):
        self.evaluator = SimpleNamespace(metrics=[JointTestMetric({})])

    monkeypatch.setattr(loops.TestLoop, '__init__', build)
    model = SimpleNamespace(
        decode_head=SimpleNamespace(refine=IterativeOptimization(4))
    )
    with pytest.raises(ValueError, match='by one score: give one --protocol'):
        LabelStoppedTestLoop(SimpleNamespace(model=model), None, None)
