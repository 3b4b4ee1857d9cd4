"""What a run says of itself."""

import logging
from types import SimpleNamespace

import pytest

from fss_mm.engine.hooks import RunDescriptionHook


@pytest.mark.parametrize(('done', 'lines'), [(39, 0), (40, 1), (50, 1)])
def test_a_training_without_anything_left_says_so(done, lines, caplog):
    loop = SimpleNamespace(iter=done, max_iters=40)
    logger = logging.getLogger('a run')
    runner = SimpleNamespace(train_loop=loop, logger=logger)
    RunDescriptionHook().before_train(runner)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == lines
    assert all(f'complete: {done} of 40 iterations are done' in line for line in said)
