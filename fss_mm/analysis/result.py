"""What an analysis leaves behind: a page of Markdown, its numbers and a picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..evaluation.markdown import fact_table
from ..evaluation.report import plain
from ..utils.files import write_atomically

SUFFIXES = ('.md', '.json', '.png')


@dataclass(frozen=True)
class AnalysisResult:
    """One analysis of one or more models.

    Args:
        name (str): Of the analysis; its files are called so.
        title (str): One line.
        sections (Sequence[str]): Markdown in the order it is read: tables and what they
            mean.
        values (Mapping): The same and more, as JSON has it.
        facts (Mapping): What it was measured on: data, episodes, model, weights; of
            several models by their names.
        picture (bytes): A PNG file.
    """

    name: str
    title: str
    sections: Sequence[str]
    values: Mapping
    facts: Mapping[str, Mapping]
    picture: bytes

    def text(self) -> str:
        """The page."""
        tables = [
            f'## {name}\n\n{fact_table(facts)}' for name, facts in self.facts.items()
        ]
        picture = f'![{self.title}]({self.name}.png)'
        return '\n\n'.join([f'# {self.title}', *self.sections, picture, *tables])


def require_free(folder: str | Path, name: str, overwrite: bool = False) -> None:
    """Check, before anything is measured, that a result replaces none.

    Args:
        folder (str | Path): Where it goes.
        name (str): Of the analysis.
        overwrite (bool): Replace a former one of this name. Defaults to False.

    Raises:
        FileExistsError: If one is there.
        NotADirectoryError: If ``folder`` is a file.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f'--out {str(folder)!r} is a file: give a folder')
    found = [p for p in result_paths(folder, name) if p.exists()]
    if found and not overwrite:
        raise FileExistsError(
            f'{str(found[0])!r} is there: give another --out, or --overwrite'
        )


def result_paths(folder: str | Path, name: str) -> list[Path]:
    """The files of a result: page, numbers, picture."""
    return [Path(folder) / f'{name}{suffix}' for suffix in SUFFIXES]


def write_result(folder: str | Path, result: AnalysisResult) -> list[Path]:
    """Write a result's three files.

    Returns:
        list[Path]: Page, numbers, picture.

    Raises:
        OSError: If one cannot be written.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    content = dict(analysis=result.name, measured_on=result.facts, **result.values)
    numbers = json.dumps(plain(content), indent=1, allow_nan=False)
    paths = result_paths(folder, result.name)
    files = f'{result.text()}\n'.encode(), f'{numbers}\n'.encode(), result.picture
    for path, data in zip(paths, files):
        write_atomically(path, lambda file, data=data: file.write(data))
    return paths
