"""From per-episode counts to a report: what was measured, and all that it depends on.

:mod:`.scores` says what a record is.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

import mmengine
import mmseg
import torch

from ..utils.files import write_atomically
from ..version import __version__
from .empty_masks import empty_masks
from .protocol_block import complete_protocol_block
from .report_text import format_report
from .scores import interval_over_episodes, mean_over_seeds, score_by_seed


def episodes_sha256(records: Sequence[dict]) -> str:
    """Hash of the list of episodes: class, query and supports by name, in order."""
    lines = (
        f'{r["seed"]} {r["number"]} {r["class_id"]} {r["query"]} '
        f'{" ".join(r["supports"])}\n'
        for r in records
    )
    return hashlib.sha256(''.join(lines).encode()).hexdigest()


def build_report(
    records: Sequence[dict],
    dataset_meta: Mapping,
    provenance: Mapping | None = None,
    protocol: Mapping | None = None,
) -> dict:
    """Everything that stands behind a number, as plain JSON values.

    Args:
        records (Sequence[dict]): All episodes, sorted by seed and number.
        dataset_meta (Mapping): The data set's ``metainfo``.
        provenance (Mapping, optional): Config, checkpoint and the like. ``hashes``
            (name to hex digits; that of a name 'checkpoint...' goes into the ledger)
            and ``training`` (how the weights came about) are dicts. Defaults to None.
        protocol (Mapping, optional): See :mod:`.protocol_block`. Defaults to None: the
            name of ``dataset_meta['protocol']`` alone.

    Raises:
        ValueError: If ``protocol`` is not in the form of :mod:`.protocol_block`.
    """
    classes = dataset_meta['classes']
    scores = score_by_seed(records, classes)
    return dict(
        mean=plain(mean_over_seeds(scores)),
        interval=plain(interval_over_episodes(records, classes)),
        by_seed=plain(scores),
        data=plain(dataset_meta),
        protocol=plain(complete_protocol_block(protocol, dataset_meta.get('protocol'))),
        fold=dataset_meta.get('fold'),
        num_shots=dataset_meta.get('num_shots'),
        seeds=sorted(scores),
        num_episodes=len(records) // len(scores),
        num_diverged=sum(r.get('diverged', False) for r in records),
        empty_masks=empty_masks(records, classes),
        episodes_sha256=episodes_sha256(records),
        resolution=sorted({r['resolution'] for r in records}),
        provenance=plain(provenance or {}),
        versions=_versions(),
        episodes=plain(list(records)),
    )


def write_report(path: str | Path, report: Mapping) -> None:
    """Write the JSON file, and the text beside it with suffix ``.md``.

    Raises:
        ValueError: If ``path`` itself ends in ``.md``.
        OSError: If a file cannot be written.
    """
    path = Path(path)
    if path.suffix == '.md':
        raise ValueError(
            f'report {str(path)!r}: the text goes there; name a .json file'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps(report, indent=1, allow_nan=False)
    write_atomically(path, lambda file: file.write(content.encode()))
    text = format_report(report) + '\n'
    write_atomically(path.with_suffix('.md'), lambda file: file.write(text.encode()))


def plain(value):
    """What JSON reads back the same: lists, text, and None for what is no number."""
    text = json.dumps(value, default=str)
    return json.loads(text, parse_constant=lambda name: None)


def _versions() -> dict[str, str]:
    return dict(
        fss_mm=__version__,
        mmseg=mmseg.__version__,
        mmengine=mmengine.__version__,
        torch=torch.__version__,
        python=platform.python_version(),
    )
