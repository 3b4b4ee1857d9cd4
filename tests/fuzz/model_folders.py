"""Malformed model folders of strangers: opened as they are, or refused."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import torch
from hypothesis import strategies as st
from mmengine.config import Config

from fss_mm.inference.opening import build_segmentor, open_segmentor
from fss_mm.publishing import publish
from tests.conftest import Planted

from .config_world import base_values, config_text
from .model_folder_damage import SPOILT_FOLDERS
from .outcomes import Failure

NAME = 'published'
KINDS = ('untouched', *SPOILT_FOLDERS)
WORDS = (NAME, 'model has no')


@functools.cache
def _published() -> dict[str, bytes]:
    """Files of a right one."""
    cfg = Config(base_values('simprop_fold0'))
    cfg.model.backbone.out_nodes = ('relu',)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        weights = dict(state_dict=build_segmentor(cfg).state_dict(), meta={})
        torch.save(weights, folder / 'weights.pth')
        (folder / 'source.py').write_text(config_text(cfg.to_dict()))
        out = publish(
            folder / 'weights.pth', folder / NAME, 'MIT', folder / 'source.py'
        )
        return {path.name: path.read_bytes() for path in out.iterdir()}


@functools.cache
def _truth() -> dict[str, torch.Tensor]:
    with tempfile.TemporaryDirectory() as name:
        model = open_segmentor(_write(Path(name)))[1]
    return model.state_dict()


def _write(folder: Path) -> Path:
    out = folder / NAME
    out.mkdir()
    for name, content in _published().items():
        (out / name).write_bytes(content)
    return out


def cases(kind: str) -> st.SearchStrategy[dict]:
    """Inputs of a kind, as plain values."""
    drawn = dict(part=st.just('model_folders'), kind=st.just(kind))
    own = SPOILT_FOLDERS[kind].draws if kind in SPOILT_FOLDERS else {}
    return st.fixed_dictionaries(drawn | own)


def judge(case: dict, folder: Path) -> str | None:
    """Open the folder: nothing is run, and the weights are the published ones."""
    truth, out, planted = _truth(), _write(folder), Planted(folder)
    right = case['kind'] == 'untouched' or None
    if case['kind'] in SPOILT_FOLDERS:
        right = SPOILT_FOLDERS[case['kind']].apply(out, case)
    try:
        _, model = open_segmentor(out)
    except (OSError, ValueError) as error:
        if right:
            raise Failure(f'a right folder is refused: {error}') from error
        raise
    finally:
        if planted.ran():
            raise Failure('what stood in the config was run')
    if right is False:
        raise Failure('nothing is said')
    found = model.state_dict()
    if found.keys() != truth.keys() or any(
        not torch.equal(found[key], value) for key, value in truth.items()
    ):
        raise Failure('silently wrong weights')
    return None


def warm_up() -> None:
    """Make the right one once, before memory is limited."""
    _truth()
