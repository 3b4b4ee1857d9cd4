"""Import mmseg without the notices that concern nobody here."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

_NOTICES = ('Could not import OneDL',)


@contextmanager
def quiet_import() -> Iterator[None]:
    """Hold back known notices on optional parts (compiled operators, a data platform).

    mmseg prints them to standard output, where the tools' results go. Anything else
    that is printed meanwhile goes to standard error.
    """
    printed = io.StringIO()
    try:
        with warnings.catch_warnings(), redirect_stdout(printed):
            warnings.filterwarnings('ignore', message='Fail to import ``MultiScale')
            warnings.filterwarnings('ignore', category=SyntaxWarning)
            yield
    finally:
        for line in printed.getvalue().splitlines():
            if line not in _NOTICES:
                print(line, file=sys.stderr)
