"""Malformed checkpoints: what is built is what is read, or a clear message."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from hypothesis import strategies as st

from fss_mm.apis.provenance import training_data
from fss_mm.engine.checkpoint_meta import meta_of
from fss_mm.engine.training_history import history_in
from fss_mm.engine.work_folder import best_checkpoint, last_checkpoint
from fss_mm.utils.checkpoint_files import read_checkpoint
from tests.conftest import Planted

from .checkpoint_damage import DAMAGE, SPOILT_FILES
from .checkpoint_truth import ITERATION, Truth, make_truth, new_runner, write
from .checkpoint_values import CHANGES
from .outcomes import Failure

KINDS = ('untouched', *DAMAGE, *CHANGES, *SPOILT_FILES)
WORDS = (f'iter_{ITERATION}.',)


def cases(kind: str) -> st.SearchStrategy[dict]:
    """Inputs of a kind, as plain values."""
    own = {**DAMAGE, **CHANGES, **SPOILT_FILES}
    drawn = dict(
        part=st.just('checkpoints'),
        kind=st.just(kind),
        seed=st.integers(0, 2**16),
        tensors=st.integers(1, 4),
        form=st.sampled_from(['zip', 'legacy', 'safetensors']),
    )
    return st.fixed_dictionaries(drawn | (own[kind].draws if kind in own else {}))


def judge(case: dict, folder: Path) -> str | None:
    """Build the file, read it in every way, compare with the truth."""
    planted, kind = Planted(folder), case['kind']
    truth = make_truth(case)
    if kind in CHANGES:
        CHANGES[kind].apply(truth, case, planted)
    path = write(truth, folder / 'work')
    if kind in DAMAGE:
        DAMAGE[kind].apply(path, case)
    if kind in SPOILT_FILES:
        SPOILT_FILES[kind].apply(path.parent, case)
    try:
        return _read_in_every_way(path, truth)
    finally:
        if planted.ran():
            raise Failure('a planted command was run')


def _read_in_every_way(path: Path, truth: Truth) -> str | None:
    if path.suffix == '.pth' and last_checkpoint(path.parent) != path:
        raise Failure(f'the last checkpoint is {last_checkpoint(path.parent)}')
    found = read_checkpoint(path)
    _compare_history(found, path.name, truth)
    json.dumps(training_data(meta_of(found)))
    if path.suffix == '.pth':
        path.with_name(f'best_mIoU_{path.name}').write_bytes(path.read_bytes())
        best_checkpoint(path.parent)
    _load(path, truth)
    if path.suffix == '.pth':
        return _resume(path, truth)
    return None


def _compare_history(found: dict, name: str, truth: Truth) -> None:
    """What is said of the past is right, or unknown."""
    history = history_in(found, name)
    json.dumps(history.summary())
    str(history)
    if set(history.classes) - set(truth.history.classes):
        raise Failure(f'classes that were not trained: {history.classes}')
    said = history.summary(), history.images.tolist()
    if not history.unknown and said != (
        truth.history.summary(),
        truth.history.images.tolist(),
    ):
        raise Failure(f'a wrong past that is not called unknown: {said}')


def _load(path: Path, truth: Truth) -> None:
    """As a test does; the weights are the truth behind it."""
    runner = new_runner(truth, path.parent / 'test', load_from=str(path))
    runner.load_or_resume()
    _compare_weights(runner.model, truth)


def _resume(path: Path, truth: Truth) -> str | None:
    """As a training does; a refusal is all right, and counted as a message."""
    runner = new_runner(truth, path.parent / 'go_on', str(path), resume=True)
    runner.load_or_resume()
    _compare_weights(runner.model, truth)
    if runner.iter != truth.checkpoint['meta']['iter']:
        raise Failure(f'resumed at iteration {runner.iter}')
    return None


def _compare_weights(model: torch.nn.Module, truth: Truth) -> None:
    for key, value in model.state_dict().items():
        if not torch.equal(value, truth.state[key]):
            raise Failure(f'silently wrong weights: {key}')


def warm_up() -> None:
    """Import what is imported late, before memory is limited."""
    new_runner(make_truth(dict(seed=0, tensors=1, form='zip')), Path('/tmp'))
