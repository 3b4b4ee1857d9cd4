"""Supports as pictures: what is marked in each, and what marked it.

Shape letters: H W size of a photograph.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ..utils.files import write_atomically
from ..visualization import outline
from ..visualization.episode_strip import SUPPORT_COLOR
from .learned_class import Labelled, LearnedClass
from .prompts.pictures import draw_prompt
from .result_folder import claim_folder

NOTE = 'fss_mm_supports.json'
_FORBIDDEN = re.compile(r'[<>:"/\\|?*%\x00-\x1f]|^\.+$|[. ]$')


def write_support_pictures(
    folder: Path, classes: Sequence[LearnedClass]
) -> tuple[Path, ...]:
    """Draw the supports of classes; arguments and errors as in ``show_supports``."""
    shown = [one for one in classes if one.supports]
    if not shown:
        raise ValueError(
            'no class has supports to show: those of a file of classes hold no image'
        )
    folder = folder.expanduser()
    claim_folder(folder, dict(supports='pictures'), overwrite=True, note_name=NOTE)
    drawn = {
        folder / _safe(one.name) / _file_name(number, support): support
        for one in shown
        for number, support in enumerate(one.supports, start=1)
    }
    for former in folder.glob('*/*.jpg'):  # of supports that are none any more
        if former not in drawn:
            former.unlink()
    for path, support in drawn.items():
        path.parent.mkdir(exist_ok=True)
        content = _encoded(draw_support(support))
        write_atomically(path, lambda file, content=content: file.write(content))
    return tuple(drawn)


def _file_name(number: int, support: Labelled) -> str:
    return f'{number}_{_safe(Path(support.picture.name).stem)}.jpg'


def draw_support(support: Labelled) -> np.ndarray:
    """A photograph with its mask tinted, and the prompt drawn: (H, W, 3), uint8, RGB.

    What the mask ignores is grey.
    """
    pixels = np.ascontiguousarray(support.picture.pixels[..., ::-1])
    drawn = outline(pixels, support.labels, SUPPORT_COLOR)
    return (
        drawn
        if support.prompt is None
        else draw_prompt(drawn, support.picture, support.prompt)
    )


def _encoded(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, 'JPEG', quality=90)
    return buffer.getvalue()


def _safe(name: str) -> str:
    """A name as that of a file on any system; two names stay two."""
    return _FORBIDDEN.sub(_escaped, name)


def _escaped(found: re.Match) -> str:
    return ''.join(f'%{ord(letter):02X}' for letter in found[0])
