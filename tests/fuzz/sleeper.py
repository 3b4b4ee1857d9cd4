"""An input that hangs, to try the limit of time."""

import time
from pathlib import Path

WORDS = ('nothing',)


def judge(case: dict, folder: Path) -> None:
    """Sleep for longer than any test waits."""
    time.sleep(600)
