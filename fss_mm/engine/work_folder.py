"""Which checkpoints lie in a work folder, and of which run.

A checkpoint says by which runs its weights came about (``meta['runs']``): a random name
and the iteration at which each began. So the best one of the run that wrote the last
one is found also where files of another run lie beside it, or were copied there.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from mmengine.config import Config

from ..utils.checkpoint_files import read_checkpoint
from ..utils.model_folder import WEIGHTS, is_model_folder, is_published_config
from .checkpoint_meta import meta_of

Point = tuple[list[tuple[str, int]], int]
_LAST, _BEST = re.compile(r'iter_(\d+)\.pth'), re.compile(r'best_mIoU_iter_(\d+)\.pth')


def continued_runs(meta: Mapping, iteration: int) -> list[tuple[str, int]]:
    """The runs behind a checkpoint, and a new one that begins now.

    Args:
        meta (Mapping): Of the checkpoint that is resumed, as ``meta_of`` gives it;
            empty for none.
        iteration (int): Where the new run begins.
    """
    return [*meta.get('runs', ()), (secrets.token_hex(8), iteration)]


def require_unused(work_dir: str | Path) -> None:
    """Check that a new run does not mix its checkpoints with those of another one.

    Raises:
        FileExistsError: Naming what lies there.
    """
    found = [*_found(work_dir, _LAST).values(), *_found(work_dir, _BEST).values()]
    if found:
        raise FileExistsError(
            f'{str(work_dir)!r} holds {found[-1].name} of another run, which a new one '
            'would be mixed with; go on with it by --resume, or give another --work-dir'
        )


def last_checkpoint(work_dir: str | Path) -> Path | None:
    """The ``iter_*.pth`` that was written last, if there is one.

    mmengine keeps its name in the file ``last_checkpoint``. It may have been written in
    another folder, and a full disk may have left it empty or spoilt: then the highest
    iteration counts.
    """
    found = _found(work_dir, _LAST)
    note = Path(work_dir) / 'last_checkpoint'
    text = note.read_text(errors='replace') if note.is_file() else ''
    named = Path(text.strip()).name
    by_name = {path.name: path for path in found.values()}
    return by_name.get(named) or (found[max(found)] if found else None)


def best_checkpoint(work_dir: str | Path) -> Path:
    """The ``best_mIoU_iter_*.pth`` of the run that wrote the last checkpoint.

    Raises:
        FileNotFoundError: If there is none.
    """
    found, last = _found(work_dir, _BEST), last_checkpoint(work_dir)
    if last is not None and found:
        own = _point(last)
        found = {i: p for i, p in found.items() if of_one_line(_point(p), own)}
    if not found:
        behind = '' if last is None else f' of the run that {last.name} belongs to'
        raise FileNotFoundError(
            f'no best_mIoU_iter_*.pth{behind} in {str(work_dir)!r}; train with '
            'validation, or name a checkpoint'
        )
    return found[max(found)]


def of_one_line(one: Point, other: Point) -> bool:
    """Whether one checkpoint came about on the way to the other.

    It did not if another run made it, or the same one behind the iteration at which it
    was taken up again.

    Args:
        one (Point): Runs of a checkpoint, and its iteration.
        other (Point): Of another one, before or behind it.
    """
    (short, iteration), (long, _) = sorted((one, other), key=lambda p: len(p[0]))
    if long[: len(short)] != short:
        return False
    return len(short) == len(long) or iteration <= long[len(short)][1]


def find_checkpoint(path: str | Path) -> Path:
    """A checkpoint by its own path, or by its folder.

    Of a work folder it is the best one there, of a model folder its weights.

    Raises:
        FileNotFoundError: If there is neither.
    """
    path = Path(path).expanduser()
    if is_model_folder(path):
        return path / WEIGHTS
    if path.is_dir():
        return best_checkpoint(path)
    if not path.is_file():
        raise FileNotFoundError(f'{str(path)!r} is no checkpoint and no work folder')
    return path


def weights_for(cfg: Config, given: str | Path | None = None) -> Path | None:
    """The weights that a config is used with; None are its model's initial ones.

    Args:
        cfg (Config): A whole experiment.
        given (str | Path, optional): As in :func:`find_checkpoint`. Defaults to None:
            those beside the config of a model folder, which belong to it.

    Raises:
        FileNotFoundError: If there are none where they were given.
    """
    if given is not None:
        return find_checkpoint(given)
    own = cfg.filename
    return Path(own).with_name(WEIGHTS) if own and is_published_config(own) else None


def _found(work_dir: str | Path, pattern: re.Pattern) -> dict[int, Path]:
    """Iteration to file, of the names that fit."""
    folder = Path(work_dir)
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    matches = [(pattern.fullmatch(p.name), p) for p in paths if p.is_file()]
    return {int(match[1]): path for match, path in matches if match}


def _point(path: Path) -> Point:
    meta = meta_of(read_checkpoint(path))
    return meta['runs'], meta.get('iter', 0)
