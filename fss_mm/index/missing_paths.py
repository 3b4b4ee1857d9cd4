"""What to say of a folder or a file that is not there."""

from __future__ import annotations

from pathlib import Path

from ..utils.text import shorten


def missing(path: Path, what: str, argument: str, root: Path | None = None) -> str:
    """Name what is not there, and what is there in its place.

    Args:
        path (Path): What was looked for.
        what (str): What it is, such as 'mask folder'.
        argument (str): Of a data set, which names it.
        root (Path, optional): ``data_root``. Defaults to None: the folder above.
    """
    text = f'{what} {str(path)!r} does not exist'
    root = path.parent if root is None else root
    if root.is_file():
        return f'{text}: {str(root)!r} is a file; give the folder as data_root'
    if not root.is_dir():
        return f'{text}, nor does {str(root)!r}; check data_root'
    inside = sorted(p.name for p in root.iterdir() if not p.name.startswith('.'))
    folders = [name for name in inside if (root / name).is_dir()]
    shown = f'the folders {shorten(folders, 5)}' if folders else 'no folder'
    text = f'{text}; check data_root and {argument}: {str(root)!r} has {shown}'
    if len(folders) == len(inside):
        return text
    flag = argument.replace('_', '-')
    return f"{text}, and files (--{flag} . or {argument}='.' if they are meant)"
