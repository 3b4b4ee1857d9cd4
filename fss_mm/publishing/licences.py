"""Under which terms a model is given away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..utils.files import read_text

_IDENTIFIER = re.compile(r'[A-Za-z0-9][A-Za-z0-9.+-]*')


@dataclass(frozen=True)
class Licence:
    """A licence.

    Args:
        name (str): Its identifier (SPDX), or 'other'.
        text (str): Of the file ``LICENSE``.
    """

    name: str
    text: str


def read_licence(given: str | Path) -> Licence:
    """A licence by the file of its text, or by its identifier.

    Args:
        given (str | Path): A file, or an SPDX identifier such as 'Apache-2.0'.

    Raises:
        ValueError: If it is neither.
    """
    if Path(given).is_file():
        return Licence('other', read_text(given))
    if _IDENTIFIER.fullmatch(str(given)) is None:
        raise ValueError(
            f'licence {str(given)!r}: there is no such file, and it is no identifier '
            'such as Apache-2.0 or CC-BY-4.0 (https://spdx.org/licenses)'
        )
    return Licence(str(given), f'SPDX-License-Identifier: {given}\n')
