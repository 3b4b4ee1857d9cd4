"""Checkpoints that hold other values than ours: of any type, in any place."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from tests.conftest import Planted

from .checkpoint_truth import Truth
from .kinds import Kind

VALUES = dict(
    none=lambda: None,
    yes=lambda: True,
    number=lambda: 3,
    negative=lambda: -5,
    huge=lambda: 10**30,
    nan=lambda: float('nan'),
    text=lambda: 'x',
    two_lines=lambda: 'a\nb',
    empty_text=lambda: '',
    bytes=lambda: b'\xff',
    empty_list=lambda: [],
    numbers=lambda: [1, 2],
    texts=lambda: ['a', 'b'],
    mixed=lambda: [1, 'a', None, ()],
    pairs=lambda: [('a', 'b', 'c'), ('a',)],
    tuple=lambda: (0, 99),
    dict=lambda: dict(a=1),
    empty_dict=lambda: {},
    odd_keys=lambda: {1: 2, None: 3, (4,): 5},
    set=lambda: {1, 2},
    ordered=lambda: OrderedDict(a=1),
    tensor=lambda: torch.ones(2, 2),
    scalar=lambda: torch.tensor(3),
    array=lambda: np.arange(3),
    deep=lambda: _nested(250),
)
_PLACES = (
    'state_dict', 'meta', 'meta/epoch', 'meta/iter', 'meta/seed', 'meta/dataset_meta',
    'meta/dataset_meta/classes', 'meta/dataset_meta/base_classes',
    'meta/dataset_meta/novel_classes', 'meta/dataset_meta/dataset',
    'meta/dataset_meta/fold', 'meta/dataset_meta/split', 'meta/dataset_meta/more',
    'meta/training_history', 'meta/training_history/classes',
    'meta/training_history/datasets', 'meta/training_history/images',
    'meta/training_history/unknown', 'meta/runs', 'message_hub',
    'message_hub/log_scalars', 'message_hub/log_scalars/loss',
    'message_hub/log_scalars/loss/log', 'message_hub/runtime_info',
    'message_hub/resumed_keys', 'optimizer', 'optimizer/state',
    'optimizer/param_groups', 'param_schedulers',
)  # fmt: skip
_TORCH = dict(form=st.sampled_from(['zip', 'legacy']))


def _nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def put(checkpoint: dict, place: str, value: Any) -> None:
    """Put a value at a path of keys, of which the last may be new."""
    *path, last = place.split('/')
    for key in path:
        checkpoint = checkpoint[key]
    checkpoint[last] = value


def _other_type(truth: Truth, case: dict, _: Planted) -> None:
    put(truth.checkpoint, case['place'], VALUES[case['value']]())
    meta = truth.checkpoint['meta']
    if case['place'] == 'meta/iter' and case['value'] != 'array' and meta['iter'] == 3:
        return  # well-formed: another iteration
    if case['place'].startswith('meta/training_history/'):
        _believe(truth, meta['training_history'])


def _believe(truth: Truth, said: dict) -> None:
    """A history of the right types is the truth: nobody can know that it is not."""
    names = ('classes', 'datasets', 'unknown')
    if all(isinstance(n, str) for k in names for n in _items(said[k])):
        if isinstance(said['images'], torch.Tensor) and said['images'].ndim == 1:
            kept = {key: tuple(said[key]) for key in names}
            truth.history = type(truth.history)(images=said['images'].numpy(), **kept)


def _items(value: Any) -> list:
    return list(value) if isinstance(value, (list, tuple)) else [None]


def _missing(truth: Truth, case: dict, _: Planted) -> None:
    *path, last = case['place'].split('/')
    place = truth.checkpoint
    for key in path:
        place = place[key]
    place.pop(last, None)


def _plant(truth: Truth, case: dict, planted: Planted) -> None:
    if case['as_key']:
        truth.checkpoint[planted] = 1
    elif case['place'] == 'everything':
        truth.checkpoint = planted
    else:
        put(truth.checkpoint, case['place'], planted)


def _other_entry(truth: Truth, case: dict, _: Planted) -> None:
    """An entry of the weights that is not the tensor that it should be."""
    own = truth.state['layer0.weight']
    value = dict(
        VALUES,
        shape=lambda: own[:, :-1],
        flat=lambda: own.flatten(),
        integers=lambda: own.to(torch.int32),
        complex=lambda: own.to(torch.complex64),
        meta=lambda: own.to('meta'),
        sparse=lambda: own.to_sparse(),
        quantized=lambda: torch.quantize_per_tensor(own, 0.1, 0, torch.qint8),
        nan=lambda: own * float('nan'),
    )[case['value']]()
    truth.checkpoint['state_dict']['layer0.weight'] = value


def _entries(truth: Truth, case: dict, _: Planted) -> None:
    state = truth.checkpoint['state_dict']
    own = state.pop('layer0.weight')
    if case['name'] is not None:
        state[case['name']] = own


_NOT_TENSORS = sorted(set(VALUES) - {'nan'})
CHANGES = {
    'a value of another type': Kind(
        _other_type,
        dict(place=st.sampled_from(_PLACES), value=st.sampled_from(sorted(VALUES))),
    ),
    'a value of another type in the history': Kind(
        _other_type,
        dict(
            place=st.sampled_from([p for p in _PLACES if 'history' in p]),
            value=st.sampled_from(sorted(VALUES)),
        ),
    ),
    'a key missing': Kind(_missing, dict(place=st.sampled_from(_PLACES))),
    'a planted command': Kind(
        _plant,
        dict(
            place=st.sampled_from([*_PLACES, 'state_dict/more', 'more', 'everything']),
            as_key=st.booleans(),
        )
        | _TORCH,
    ),
    'an entry that is no such tensor': Kind(
        _other_entry,
        dict(
            value=st.sampled_from(
                [*_NOT_TENSORS, 'shape', 'flat', 'integers', 'complex', 'meta']
                + ['sparse', 'quantized', 'nan']
            )
        )
        | _TORCH,
    ),
    'an entry renamed or missing': Kind(
        _entries,
        dict(name=st.sampled_from([None, 'module.layer0.weight', 'x', '', 3])) | _TORCH,
    ),
}
