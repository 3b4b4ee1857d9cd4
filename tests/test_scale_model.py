import pytest
from scale_model import simulate


def test_without_failures_it_is_the_plain_sum():
    """1,000 images at 1 a second on 4 machines, in blocks of 50."""
    found = simulate(1000, 1.0, 4, 50, 1e12, 0.1)
    assert found.failures == 0 and found.lost == 0
    assert found.hours == pytest.approx(250 / 3600)


def test_the_last_block_may_be_smaller():
    assert simulate(70, 1.0, 1, 50, 1e12, 0).hours == pytest.approx(70 / 3600)


def test_failures_cost_what_they_lose():
    """What is done twice is at most a block for each failure; all is done."""
    for seed in range(5):
        found = simulate(1e6, 10.0, 8, 10_000, 5.0, 0.5, seed)
        assert found.failures > 0
        assert 0 < found.lost <= found.failures * 10_000 / 1e6
        assert found.hours > 1e6 / 10 / 8 / 3600
