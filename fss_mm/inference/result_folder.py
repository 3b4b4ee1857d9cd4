"""A folder of results: whose it is, and what does not belong in it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..utils.files import write_atomically
from .inputs import NamedInput, holds_images
from .writers import stem_of

if TYPE_CHECKING:
    from .inferencer import FewShotInferencer

NOTE = 'fss_mm_results.json'
# keys of packs, whose files of other images would stay among the new ones
_NAMED_BY_PLACE = ('pack', 'images')


def queries_for(out: Path, inputs: Iterable[NamedInput]) -> Iterator[NamedInput]:
    """Images whose results can go into a folder.

    What lies in the folder is a result of a former run and no query, where the folder
    is inside of one of photographs.

    Args:
        out (Path): The folder.
        inputs (Iterable[NamedInput]): Any number.

    Raises:
        ValueError: At the second of two whose results would have one name.
    """
    folder = os.path.join(os.path.abspath(out), '')
    seen: set[int] = set()  # hashes of names, which may be millions
    for one in inputs:
        is_file = isinstance(one.source, (str, Path))
        if is_file and os.path.abspath(one.source).startswith(folder):
            continue
        stem = stem_of(one.name)
        mark = hash((stem, holds_images(one.source)))  # s/1.png of s.tar is not s.png
        if mark in seen:
            raise ValueError(
                f'{one.name!r} and another image of this run would both be written '
                f'to {stem!r}: rename one, or segment them into two folders'
            )
        seen.add(mark)
        yield one


def identity_of(model: FewShotInferencer, kinds: Sequence[str]) -> dict:
    """What a folder of results belongs to, of values that JSON has.

    Model, classes in their order, which numbers them in masks, what refines masks,
    values of deep images, and kinds of files.
    """
    img_range = model.prepare.reader.img_range
    refiner = model.cfg.model.get('refiner')
    return dict(
        model=model.fingerprint[:16],
        classes=[[name, one.origin[:16]] for name, one in model.learned.items()],
        refiner=refiner and repr(dict(refiner)),
        img_range=img_range and list(img_range),
        save=sorted(kinds),
    )


def claim_folder(
    out: Path, identity: dict, overwrite: bool = False, note_name: str = NOTE
) -> int:
    """Note what a folder belongs to, or check that it is that.

    Several processes may do so at once.

    Args:
        out (Path): A new folder, an empty one, or one of results.
        identity (dict): Of :func:`identity_of`.
        overwrite (bool): What is in it counts no longer, whatever it was of. Defaults
            to False.
        note_name (str): The file in it that says so. Defaults to that of results.

    Returns:
        int: Time of the note, in nanoseconds: older results are of something else.

    Raises:
        FileExistsError: If it holds something else, naming what differs.
    """
    if out.exists() and not out.is_dir():
        raise FileExistsError(f'{str(out)!r} is a file, expected a folder')
    note = out / note_name
    # listed before the note is looked for: it is there before any result is
    listed = [path.name for path in out.iterdir()] if out.is_dir() else []
    if note.is_file():
        former = _read_note(note)
        keys = dict.fromkeys([*identity, *former])
        differing = [key for key in keys if former.get(key) != identity.get(key)]
        named = set(differing) & set(_NAMED_BY_PLACE)
        if not differing and not overwrite:
            return note.stat().st_mtime_ns
        if named or not overwrite:
            remedy = '' if named else ', or --overwrite'
            raise FileExistsError(
                f'{str(out)!r} holds results of other {" and ".join(differing)}: '
                f'{_differences(former, identity, differing)}; choose another folder'
                f'{remedy}'
            )
    elif any(note_name not in name for name in listed):  # a note may be half written
        raise FileExistsError(
            f'{str(out)!r} is not empty, and what is in it is none of these results; '
            'choose a new or an empty folder'
        )
    out.mkdir(parents=True, exist_ok=True)
    content = json.dumps(identity, indent=1).encode()
    write_atomically(note, lambda file: file.write(content))
    return note.stat().st_mtime_ns


def _read_note(note: Path) -> dict:
    try:
        found = json.loads(note.read_text())
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _differences(former: dict, identity: dict, keys: Sequence[str]) -> str:
    def short(value: object) -> str:
        return ', '.join(map(_item, value)) if isinstance(value, list) else str(value)

    return '; '.join(
        f'{key} were {short(former.get(key))} and are now {short(identity.get(key))}'
        for key in keys
    )


def _item(value: object) -> str:
    """One of a list; a class is a pair of its name and what it was learned from."""
    if isinstance(value, list) and len(value) == 2:
        return f'{value[0]} ({value[1]})'
    return str(value)
