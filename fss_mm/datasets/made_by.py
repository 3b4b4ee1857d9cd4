"""Which command makes the data of a published data set, for those who have none yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def made_by(command: str) -> Iterator[None]:
    """Name the converter wherever something of a data set is missing.

    Args:
        command (str): The converter with its arguments.

    Raises:
        FileNotFoundError: As raised inside, with the command.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f'{error}; fss-mm convert {command} makes the data'
        ) from error


def voc_sbd(data_root: str | Path) -> str:
    """The command that makes PASCAL-5^i, which it writes to ROOT/VOCdevkit/VOC2012."""
    root = Path(data_root)
    usual = root.parts[-2:] == ('VOCdevkit', 'VOC2012')
    return f'voc-sbd {root.parents[1] if usual else "data"}'
