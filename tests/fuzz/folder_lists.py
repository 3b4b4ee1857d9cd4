"""Lists of images: in other encodings, with other lines, or none at all."""

from __future__ import annotations

import os

from hypothesis import strategies as st

from .folder_world import LIST, World
from .kinds import Kind

_ENDS = {'lf': '\n', 'crlf': '\r\n', 'cr': '\r', 'blank': '\n\n', 'spaces': '  \n'}


def _written(world: World, case: dict) -> None:
    """All images are in it; lines, ends and encoding differ."""
    write = dict(
        plain=lambda n: n,
        file=lambda n: f'{n}{case["suffix"]}',
        path=lambda n: f'images/{n}{case["suffix"]}',
        absolute=lambda n: str(world.root / f'images/{n}{case["suffix"]}'),
        windows=lambda n: f'C:\\data\\images\\{n}{case["suffix"]}',
        upper=lambda n: f'{n}.JPG',
        mask=lambda n: f'masks/{n}.png',
    )[case['lines']]
    text = _ENDS[case['ends']].join(map(write, world.names()))
    _use(world, text.encode(case['encoding']))


def _wrong(world: World, case: dict) -> None:
    """It has more or less than the names of images."""
    names = world.names()
    names[case['target'] % len(names) :][:1] = []
    added = dict(
        doubled=[*names, names[0]],
        missing=[*names, 'pic77'],
        comment=['# list', *names],
        pairs=[f'{name} {name}.png' for name in names],
        commas=[','.join(names)],
        numbers=[f'{name} 1' for name in names],
        upwards=[*names, '../images/pic0'],
        devices=[*names, '/dev/zero'],
        none=[],
        one=names[:1],
    )[case['how']]
    _use(world, '\n'.join(added).encode())


def _no_list(world: World, case: dict) -> None:
    path = world.root / LIST
    if case['what'] == 'folder':
        path.mkdir()
    elif case['what'] == 'link':
        path.symlink_to(path)
    elif case['what'] != 'missing':
        content = dict(noise=os.urandom(80) + b'\xff', zeros=b'\0' * 50, blank=b'\n\n')
        path.write_bytes(content[case['what']])
    world.options |= dict(train_split=LIST, test_split=LIST)


def _use(world: World, content: bytes) -> None:
    (world.root / LIST).write_bytes(content)
    world.options |= dict(train_split=LIST, test_split=LIST)


LISTS = {
    'lists in other words': Kind(
        _written,
        dict(
            lines=st.sampled_from(
                ['plain', 'file', 'path', 'absolute', 'windows', 'upper', 'mask']
            ),
            ends=st.sampled_from(sorted(_ENDS)),
            encoding=st.sampled_from(['utf-8', 'utf-8-sig', 'utf-16', 'utf-16-le']),
        ),
    ),
    'lists of other lines': Kind(
        _wrong,
        dict(
            how=st.sampled_from(
                ['doubled', 'missing', 'comment', 'pairs', 'commas', 'numbers']
                + ['upwards', 'devices', 'none', 'one']
            )
        ),
    ),
    'no list': Kind(
        _no_list,
        dict(
            what=st.sampled_from(
                ['missing', 'folder', 'link', 'noise', 'zeros', 'blank']
            )
        ),
    ),
}
