"""Checkpoints that are damaged as files, or that others lie beside."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import torch
from hypothesis import strategies as st

from .checkpoint_truth import ITERATION
from .kinds import Kind

_OTHER = dict(
    empty=b'',
    lfs=b'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n',
    page=b'\n<!DOCTYPE html><html><body>404</body></html>',
    json=b'{"message": "Not Found"}',
    png=b'\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR',
    zeros=b'\0' * 5000,
    gzip=b'\x1f\x8b\x08\x00' + b'\x11' * 90,
    pickle=b'\x80\x04]\x94(K\x01K\x02e.',
    loop=b'\x80\x02]q\x00h\x00a.',
    zip=b'PK\x05\x06' + b'\0' * 18,
)
_FRACTION = st.floats(0, 1, exclude_max=True)
_ZIPS = dict(form=st.just('zip'))


def _cut(path: Path, case: dict) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(case['at'] * len(content))])


def _flip(path: Path, case: dict) -> None:
    """Flip bits; in safetensors those of the header, as no file checks the others."""
    content = bytearray(path.read_bytes())
    size = len(content)
    if path.suffix == '.safetensors':
        size = 8 + int.from_bytes(content[:8], 'little')
    for at in case['bits']:
        bit = int(at * size * 8)
        content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def _insert(path: Path, case: dict) -> None:
    content = path.read_bytes()
    at = int(case['at'] * (len(content) + 1))
    path.write_bytes(content[:at] + bytes.fromhex(case['hex']) + content[at:])


def _replace(path: Path, case: dict) -> None:
    path.write_bytes(_OTHER[case['by']])


def _noise(path: Path, case: dict) -> None:
    path.write_bytes(bytes.fromhex(case['hex']))


def _members(path: Path, case: dict) -> None:
    """Write the zip again with one member renamed, missing, doubled or zeroed."""
    with zipfile.ZipFile(path) as old:
        members = [(i.filename, old.read(i)) for i in old.infolist()]
    number = int(case['at'] * len(members))
    name, content = members[number]
    how = case['how']
    members[number : number + 1] = dict(
        renamed=[(f'{name}_', content)],
        missing=[],
        doubled=[(name, content), (name, b'\0' * len(content))],
        longer=[(name, content + b'\0\0\0\0')],
        shorter=[(name, content[:-1])],
        absolute=[(f'/tmp/../{name}', content)],
    )[how]
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as new:
        for name, content in members:
            new.writestr(name, content)
    path.write_bytes(file.getvalue())


def _bomb(path: Path, case: dict) -> None:
    """A small file whose members are large when they are unpacked."""
    with zipfile.ZipFile(path) as old:
        members = [(i.filename, old.read(i)) for i in old.infolist()]
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as new:
        for name, content in members:
            large = name.rpartition('/')[2] == case['member']
            new.writestr(name, bytes(case['mb'] << 20) if large else content)


def _wide(path: Path, case: dict) -> None:
    """A tensor of 40 GB whose values are one number."""
    found = torch.load(path, weights_only=True)
    found['state_dict']['layer0.weight'] = torch.zeros(1).expand(10**5, 10**5)
    torch.save(found, path)


# ---- a work folder ------------------------------------------------------------------


def _note(folder: Path, case: dict) -> None:
    """The file ``last_checkpoint`` holds something else than a path."""
    path = folder / 'last_checkpoint'
    if case['what'] == 'folder':
        path.mkdir()
    elif case['what'] == 'link':
        path.symlink_to(path)
    else:
        path.write_bytes(bytes.fromhex(case['hex']))


def _neighbours(folder: Path, case: dict) -> None:
    """Names that look like checkpoints of later iterations, and are none."""
    for name in case['names']:
        path = folder / name.format(ITERATION + 5)
        if case['what'] == 'folder':
            path.mkdir(exist_ok=True)
        elif case['what'] == 'link':
            path.symlink_to('nowhere')
        elif not path.name.endswith('.pth'):
            path.write_bytes(os.urandom(9))


_HEX = st.binary(max_size=64).map(bytes.hex)
_WHAT = st.sampled_from(['file', 'folder', 'link'])
_NEIGHBOURS = st.sampled_from(
    ['iter_{}.pth', 'iter_{}.pth.tmp', '.iter_{}.pth.x', 'iter_.pth', 'best_{}.pth']
)
DAMAGE = {
    'file cut off': Kind(_cut, dict(at=_FRACTION)),
    'bits flipped': Kind(
        _flip,
        dict(
            bits=st.lists(_FRACTION, min_size=1, max_size=4),
            form=st.sampled_from(['zip', 'zip', 'safetensors']),
        ),
    ),
    'bytes inserted': Kind(_insert, dict(at=_FRACTION, hex=_HEX)),
    'another file under its name': Kind(
        _replace, dict(by=st.sampled_from(sorted(_OTHER)))
    ),
    'noise': Kind(_noise, dict(hex=st.binary(max_size=400).map(bytes.hex))),
    'members of the zip changed': Kind(
        _members,
        dict(
            at=_FRACTION,
            how=st.sampled_from(
                ['renamed', 'missing', 'doubled', 'longer', 'shorter', 'absolute']
            ),
        )
        | _ZIPS,
    ),
    'zip bomb': Kind(
        _bomb,
        dict(
            mb=st.sampled_from([60, 300]),
            member=st.sampled_from(['data.pkl', '0', 'version', 'byteorder']),
        )
        | _ZIPS,
    ),
    'huge tensor': Kind(_wide, _ZIPS),
}
SPOILT_FILES = {
    'last_checkpoint spoilt': Kind(_note, dict(hex=_HEX, what=_WHAT) | _ZIPS),
    'names beside it': Kind(
        _neighbours,
        dict(names=st.lists(_NEIGHBOURS, min_size=1, unique=True), what=_WHAT) | _ZIPS,
    ),
}
