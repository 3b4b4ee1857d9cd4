"""Files of weights are read as plain data, or named as what they are."""

import argparse
import pickle
import shlex
import warnings
import zipfile

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from torch import nn

from fss_mm.utils import weights_download
from fss_mm.utils.checkpoint_files import (
    UnreadableWeights,
    read_checkpoint,
    state_dict_of,
)
from tests.conftest import Planted
from tests.processes import Processes

STATE = dict(weight=torch.tensor([1.0, 2.0]))


class Whole(nn.Module):
    """A model that somebody saved as a whole."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)


def message(path):
    with pytest.raises(UnreadableWeights) as error:
        read_checkpoint(path)
    text = str(error.value)
    assert text.startswith(repr(str(path))) and '\n' not in text
    return text


@pytest.mark.parametrize('zipped', [True, False])
def test_a_command_is_not_run(tmp_path, zipped):
    path, planted = tmp_path / 'w.pth', Planted(tmp_path)
    found = dict(state_dict=STATE, meta=dict(hello=planted))
    torch.save(found, path, _use_new_zipfile_serialization=zipped)
    assert 'To read them would run code' in message(path) and not planted.ran()
    torch.load(path, weights_only=False)
    assert planted.ran(), 'the command works'


@pytest.mark.parametrize(
    'value', [Whole(), argparse.Namespace(lr=1.0), [Whole()]], ids=['net', 'args', 'in']
)
def test_the_line_that_is_printed_converts(tmp_path, value):
    """Of a whole model, or of weights beside objects of Python's."""
    path = tmp_path / "it's.pth"
    whole = isinstance(value, Whole)
    torch.save(value if whole else dict(state_dict=STATE, args=value), path)
    text = message(path)
    name = type(value[0] if isinstance(value, list) else value).__name__
    assert f'{name})' in text
    line = shlex.split(text[text.index('python -c') :])
    assert Processes(tmp_path, line[1:]).end() == 0
    state = read_checkpoint(path.with_name("it's_plain.pth"))
    expected = value.state_dict() if whole else STATE
    assert state.keys() == expected.keys()
    assert all(torch.equal(state[key], expected[key]) for key in state)


@pytest.mark.parametrize(
    ('name', 'content', 'text'),
    [
        ('w.pth', b'', 'is empty'),
        ('w.safetensors', b'', 'is empty'),
        ('w.pth', b'version https://git-lfs.github.com/spec/v1\n', '`git lfs pull`'),
        ('w.pth', b'<!DOCTYPE html><html>', 'a page of the web'),
        ('w.pth', b'\x89PNG\r\n\x1a\n\x00', 'is damaged, or holds no weights'),
        ('w.pth', b'some text', 'is damaged, or holds no weights'),
        ('w.pth', pickle.dumps([1])[:-1], 'is damaged, or holds no weights'),
        ('w.safetensors', bytes(range(99)), 'is damaged, or holds no weights'),
    ],
)
def test_what_is_no_file_of_weights(tmp_path, name, content, text):
    (tmp_path / name).write_bytes(content)
    assert text in message(tmp_path / name)


@pytest.mark.parametrize('zipped', [True, False])
def test_every_cut_of_a_file(tmp_path, zipped):
    path = tmp_path / 'w.pth'
    torch.save(STATE, path, _use_new_zipfile_serialization=zipped)
    content = path.read_bytes()
    for size in range(1, len(content), 37):
        path.write_bytes(content[:size])
        assert 'fetch the file again' in message(path) or not zipped


def test_every_flipped_bit_of_a_weight(tmp_path):
    """torch reads it as another weight; the checksum of the zip tells."""
    path, wrong = tmp_path / 'w.pth', 0
    torch.save(STATE, path)
    content = path.read_bytes()
    start = content.index(STATE['weight'].numpy().tobytes())
    for bit in range(64):
        changed = bytearray(content)
        changed[start + bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        assert 'is damaged' in message(path)
        read = torch.load(path, weights_only=True)['weight']
        wrong += not torch.equal(read, STATE['weight'])
    assert wrong == 64


def test_packed_members_and_files_without_checksums(tmp_path):
    path = tmp_path / 'w.pth'
    torch.save(STATE, path)
    with zipfile.ZipFile(path) as old:
        members = [(i.filename, old.read(i)) for i in old.infolist()]
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as new:
        for name, content in members:
            new.writestr(name, content)
    assert 'is damaged' in message(path)
    if not hasattr(torch.serialization, 'set_crc32_options'):
        return
    torch.serialization.set_crc32_options(False)
    try:
        torch.save(STATE, path)
    finally:
        torch.serialization.set_crc32_options(True)
    assert torch.equal(read_checkpoint(path)['weight'], STATE['weight'])


def test_a_program_of_torchscript_and_other_values(tmp_path):
    torch.jit.save(torch.jit.script(nn.Linear(2, 1)), tmp_path / 'jit.pth')
    assert 'a program of TorchScript' in message(tmp_path / 'jit.pth')
    torch.save(torch.zeros(2), tmp_path / 'tensor.pth')
    assert 'holds a Tensor, expected a dictionary' in message(tmp_path / 'tensor.pth')
    with pytest.raises(FileNotFoundError, match=r"'.*no\.pth': there is no such file"):
        read_checkpoint(tmp_path / 'no.pth')


def test_mmengines_own_history_of_logs(tmp_path):
    """It brings functions along, which do not come back; NumPy's values do."""
    history, path = HistoryBuffer([1.0, 3.0], [1, 1], max_length=9), tmp_path / 'w.pth'
    meta = dict(
        seed=np.int64(3), palette=np.arange(3, dtype=np.uint8), mean=np.float64(2)
    )
    hub = dict(log_scalars=dict(loss=history))
    torch.save(dict(state_dict=STATE, meta=meta, message_hub=hub), path)
    found = read_checkpoint(path)
    read = found['message_hub']['log_scalars']['loss']
    assert isinstance(read, HistoryBuffer) and read.mean() == 2 and read.current() == 3
    assert found['meta']['palette'].tolist() == [0, 1, 2] and found['meta']['seed'] == 3


def test_what_mmengine_would_run_is_left_out(tmp_path):
    """At a resume it runs the text of ``meta['config']``."""
    meta = dict(config='raise SystemExit', cfg='kept', epoch=0)
    torch.save(dict(state_dict=STATE, meta=meta), tmp_path / 'w.pth')
    assert read_checkpoint(tmp_path / 'w.pth')['meta'] == dict(cfg='kept', epoch=0)


def test_safetensors(tmp_path):
    from safetensors.torch import save_file

    save_file(STATE, tmp_path / 'w.safetensors', metadata=dict(model='a'))
    found = read_checkpoint(tmp_path / 'w.safetensors')
    assert found['meta'] == dict(model='a')
    assert torch.equal(state_dict_of(found)['weight'], STATE['weight'])
    assert state_dict_of(STATE) is STATE


def test_weights_are_fetched_once(tmp_path, monkeypatch):
    """The hash in the name is checked."""
    calls = []

    def download(url, path, known):
        calls.append((url, known))
        torch.save(STATE, path)

    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, 'download_url_to_file', download)
    url = 'https://somewhere.org/a/net-0676ba61.pth?x=1'
    for _ in range(2):
        path = weights_download.fetch(url)
    assert path == tmp_path / 'checkpoints/net-0676ba61.pth'
    assert calls == [(url, '0676ba61')]


def test_a_member_that_is_there_twice(tmp_path):
    """torch reads one of them, and other readers the other one."""
    path = tmp_path / 'w.pth'
    torch.save(STATE, path)
    with warnings.catch_warnings(), zipfile.ZipFile(path, 'a') as archive:
        warnings.simplefilter('ignore')
        name = next(n for n in archive.namelist() if '/data/' in n)
        archive.writestr(name, bytes(len(archive.read(name))))
    assert 'is damaged' in message(path)


def test_a_flipped_bit(tmp_path):
    path = tmp_path / 'w.pth'
    torch.save(STATE, path)
    content = bytearray(path.read_bytes())
    content[content.index(STATE['weight'].numpy().tobytes())] ^= 1
    path.write_bytes(content)
    assert 'is damaged' in message(path)
