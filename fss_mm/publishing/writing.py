"""Write a model folder: whole, or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..engine.checkpoint_meta import HISTORY
from ..engine.work_folder import find_checkpoint
from ..models import require_accepted
from ..utils.config_options import read_config
from ..utils.files import own_umask, write_atomically
from ..utils.model_folder import CONFIG, WEIGHTS
from ..utils.places import require_no_places
from ..utils.plain_config import plain_text
from .licences import read_licence
from .model_card import ModelFacts, format_card
from .public_config import config_of, public_config
from .public_report import public_report, text_of
from .weights import LICENCES, weights_of, write_weights


def publish(
    source: str | Path,
    out: str | Path,
    licence: str | Path,
    config: str | Path | None = None,
    report: str | Path | None = None,
    accept_licence: bool = False,
) -> Path:
    """Write a trained model as a folder that others can use.

    It holds ``config.py`` (all in one, without paths of this machine, literals alone),
    ``model.safetensors`` (the model's weights, with what they were trained on),
    ``LICENSE``, a card ``README.md`` and, of a report, ``report.json`` and
    ``report.md``.

    Args:
        source (str | Path): A checkpoint, or a work folder: its best one.
        out (str | Path): The folder: a new one, or an empty one.
        licence (str | Path): Of the model: an SPDX identifier such as 'Apache-2.0', or
            a file with the text.
        config (str | Path, optional): What the model was trained with. Defaults to
            None: the config in the work folder.
        report (str | Path, optional): JSON report of a test of these weights. Defaults
            to None: the card gives no score.
        accept_licence (bool): Pass on weights of an encoder whose licence restricts it
            (DINOv3's, non-commercial ones). Defaults to False: they are refused.

    Returns:
        Path: ``out``.

    Raises:
        FileExistsError: If ``out`` is there and not empty.
        FileNotFoundError: If there is no such checkpoint, config or report.
        ValueError: If config, weights and report do not belong together, or a file
            would tell a place of this machine, or a licence was not accepted.
        OSError: If it cannot be written; nothing is left of it then.
    """
    out = Path(out).absolute()
    _require_empty(out)
    terms = read_licence(licence)
    checkpoint = find_checkpoint(source)
    cfg = read_config(config or config_of(source), trust=True)  # one's own
    fields = public_config(cfg)
    tested = None if report is None else public_report(report, checkpoint)
    tensors, meta = weights_of(checkpoint, cfg)
    require_accepted(meta[LICENCES], accept_licence)
    facts = ModelFacts.of(out.name, fields, meta[HISTORY], meta[LICENCES])
    texts = {CONFIG: plain_text(fields), 'LICENSE': terms.text}
    if tested is not None:
        texts['report.json'] = json.dumps(tested, indent=1, allow_nan=False)
        texts['report.md'] = text_of(tested, report) + '\n'
    texts['README.md'] = format_card(facts, terms, tested)
    for name in texts.keys() - {'LICENSE'}:
        require_no_places(texts[name], name, [checkpoint.parent])

    def fill(folder: Path) -> None:
        write_weights(folder / WEIGHTS, tensors, meta)
        for name, text in texts.items():
            write_atomically(folder / name, lambda f, t=text: f.write(t.encode()))

    _write_whole(out, fill)
    return out


def _require_empty(out: Path) -> None:
    if out.is_dir() and any(out.iterdir()):
        raise FileExistsError(
            f'{str(out)!r} is not empty: nothing was written; name a new folder'
        )
    if out.exists() and not out.is_dir():
        raise FileExistsError(f'{str(out)!r} is a file; name a new folder')


def _write_whole(out: Path, fill: Callable[[Path], None]) -> None:
    """Fill a folder beside its place, then move it there."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f'.{out.name}.', dir=out.parent))
        try:
            fill(temporary)
            temporary.chmod(0o777 & ~own_umask())
            if out.is_dir():
                out.rmdir()  # fails if somebody has filled it meanwhile
            os.replace(temporary, out)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    except OSError as error:
        reason = error.strerror or error
        raise OSError(f'{str(out)!r} is not written: {reason}') from error
