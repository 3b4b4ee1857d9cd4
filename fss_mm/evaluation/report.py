"""From per-episode counts to a report: what was measured, and all that it depends on.

A record is one episode's dict: ``seed``, ``number``, ``class_id``, ``query`` (name),
``supports`` (names), ``resolution``, ``diverged`` (fell back from fine-tuning) and
``counts`` (see :mod:`.functional`).
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
from collections.abc import Sequence
from pathlib import Path

import mmengine
import mmseg
import numpy as np
import torch
from prettytable import PrettyTable

from ..utils.files import write_atomically
from ..version import __version__
from .functional import class_ious, foreground_background_iou


def score(records: Sequence[dict], classes: Sequence[str]) -> dict[str, float]:
    """mIoU, FBIoU and ``IoU_<class>`` of one list of episodes, in percent."""
    class_ids = np.array([r['class_id'] for r in records])
    counts = np.array([r['counts'] for r in records], dtype=np.int64)
    ious = class_ious(class_ids, counts)
    return dict(
        mIoU=float(np.mean(list(ious.values()))),
        FBIoU=foreground_background_iou(counts),
        **{f'IoU_{classes[c - 1]}': iou for c, iou in ious.items()},
    )


def score_by_seed(
    records: Sequence[dict], classes: Sequence[str]
) -> dict[int, dict[str, float]]:
    """:func:`score` of each seed's list of episodes."""
    seeds = sorted({r['seed'] for r in records})
    return {s: score([r for r in records if r['seed'] == s], classes) for s in seeds}


def mean_over_seeds(scores: dict[int, dict[str, float]]) -> dict[str, float]:
    """Mean of each score over the seeds, and ``mIoU_std`` where there are several.

    The spread is the sample standard deviation.
    """
    names = {name: None for by_name in scores.values() for name in by_name}
    mean = {
        n: float(np.mean([by_name[n] for by_name in scores.values() if n in by_name]))
        for n in names
    }
    if len(scores) > 1:
        values = [by_name['mIoU'] for by_name in scores.values()]
        mean['mIoU_std'] = float(np.std(values, ddof=1))
    return mean


def episodes_sha256(records: Sequence[dict]) -> str:
    """Hash of the list of episodes: class, query and supports by name, in order."""
    lines = (
        f'{r["seed"]} {r["number"]} {r["class_id"]} {r["query"]} '
        f'{" ".join(r["supports"])}\n'
        for r in records
    )
    return hashlib.sha256(''.join(lines).encode()).hexdigest()


def build_report(
    records: Sequence[dict], dataset_meta: dict, provenance: dict | None = None
) -> dict:
    """Everything that stands behind a number, as plain JSON values.

    Args:
        records (Sequence[dict]): All episodes, sorted by seed and number.
        dataset_meta (dict): The data set's ``metainfo``.
        provenance (dict, optional): Config, checkpoint and the like.
    """
    classes = dataset_meta['classes']
    scores = score_by_seed(records, classes)
    return dict(
        mean=_plain(mean_over_seeds(scores)),
        by_seed=_plain(scores),
        data=_plain(dataset_meta),
        protocol=dataset_meta.get('protocol'),
        fold=dataset_meta.get('fold'),
        num_shots=dataset_meta.get('num_shots'),
        seeds=sorted(scores),
        num_episodes=len(records) // len(scores),
        num_diverged=sum(r.get('diverged', False) for r in records),
        episodes_sha256=episodes_sha256(records),
        resolution=sorted({r['resolution'] for r in records}),
        provenance=_plain(provenance or {}),
        versions=dict(
            fss_mm=__version__,
            mmseg=mmseg.__version__,
            mmengine=mmengine.__version__,
            torch=torch.__version__,
            python=platform.python_version(),
        ),
        episodes=_plain(list(records)),
    )


def format_table(report: dict) -> str:
    """The report as text: a table of classes and seeds, and what it depends on."""
    seeds = [str(seed) for seed in report['seeds']]
    table = PrettyTable(['', *(f'seed {s}' for s in seeds), 'mean', 'std'], align='r')
    names = [name for name in report['mean'] if name != 'mIoU_std']
    for name in sorted(names, key=lambda n: (n in ('mIoU', 'FBIoU'), n == 'FBIoU')):
        values = [_number(report['by_seed'][s].get(name)) for s in seeds]
        std = f'{np.std(values, ddof=1):.2f}' if len(values) > 1 else '-'
        cells = [f'{v:.2f}' for v in (*values, _number(report['mean'][name]))]
        table.add_row([name.removeprefix('IoU_'), *cells, std])
    return f'{table}\n{_conditions(report)}'


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _conditions(report: dict) -> str:
    known = report['provenance']
    remarks = list(known.get('wrappers', ()))
    remarks += [
        text
        for key, text in (
            ('identical_inputs', 'the support is the query'),
            ('untrained', 'UNTRAINED'),
            ('label_stopped_passes', 'PASSES CHOSEN BY THE LABELS OF THE TEST'),
        )
        if known.get(key)
    ]
    if report['num_diverged']:
        remarks.append(
            f'{report["num_diverged"]} EPISODES DIVERGED (scored without fine-tuning)'
        )
    return (
        f'IoU in %, {report["num_shots"]}-shot, fold {report["fold"]}, '
        f'{"".join(f"{remark}, " for remark in remarks)}'
        f'protocol {report["protocol"]}, {report["num_episodes"]} episodes a seed, '
        f'at {", ".join(report["resolution"])} size\n'
        f'episodes sha256 {report["episodes_sha256"]}'
    )


def write_report(path: str | Path, report: dict) -> None:
    """Write the JSON file, and the table beside it with suffix ``.txt``.

    Raises:
        ValueError: If ``path`` itself ends in ``.txt``.
    """
    path = Path(path)
    if path.suffix == '.txt':
        raise ValueError(
            f'report {str(path)!r}: the table goes there; name a .json file'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, allow_nan=False)
    write_atomically(path, lambda file: file.write(text.encode()))
    table = format_table(report) + '\n'
    write_atomically(path.with_suffix('.txt'), lambda file: file.write(table.encode()))


def _plain(value):
    """What JSON reads back the same: lists, text, and None for what is no number."""
    text = json.dumps(value, default=str)
    return json.loads(text, parse_constant=lambda name: None)
