"""Our own heads, and that of the example project, through the suite for all heads."""

from fss_mm.testing import parametrize_with_head_checks
from tests.models.builders import SMALL_HEADS


@parametrize_with_head_checks(SMALL_HEADS)
def test_head(check):
    check()
