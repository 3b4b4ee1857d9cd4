"""Results as files: index masks, overlays, COCO's and LabelMe's annotations.

Shape letters: H W size of a photograph.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from PIL import Image

from ..utils.extras import require
from ..utils.files import write_atomically
from .results import SegmentedImage

RESULTS = ('mask', 'overlay', 'coco', 'labelme')
SUFFIXES = dict(
    mask='.png', overlay='_overlay.jpg', coco='_coco.json', labelme='_labelme.json'
)
_OPACITY = 0.5


class ResultWriter:
    """Writes results into a folder, each file whole or not at all.

    A result is named as its image is, without the suffix: ``owls/photo 1.png`` of
    ``owls/photo 1.jpg``.

    Args:
        folder (str | Path): It is made if it is not there.
        kinds (Sequence[str]): Of :data:`RESULTS`. Defaults to masks.

    Raises:
        ImportError: If pycocotools is not installed, and is needed.
        ValueError: For another kind.
    """

    def __init__(self, folder: str | Path, kinds: Sequence[str] = ('mask',)) -> None:
        kinds = (kinds,) if isinstance(kinds, str) else tuple(kinds)
        unknown = [kind for kind in kinds if kind not in RESULTS]
        if unknown or not kinds:
            raise ValueError(f'save={kinds!r}, expected some of {", ".join(RESULTS)}')
        if 'coco' in kinds:
            require('pycocotools', extra='data')
        self.folder, self.kinds = Path(folder).expanduser(), kinds

    def __call__(self, result: SegmentedImage) -> SegmentedImage:
        """Write a result, and pass it on.

        Raises:
            OSError: If it cannot be written; nothing incomplete is left.
        """
        stem = stem_of(result.name)
        for suffix, content in encoded(result, self.kinds).items():
            path = self.folder / f'{stem}{suffix}'
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, lambda file, content=content: file.write(content))
        return result

    def files(self, name: str) -> dict[str, Path]:
        """The files of an image, by kind."""
        stem = stem_of(name)
        return {kind: self.folder / f'{stem}{SUFFIXES[kind]}' for kind in self.kinds}

    def is_done(self, name: str, since: int) -> bool:
        """Whether all files of an image are there, and none is older.

        Args:
            name (str): Of the image.
            since (int): A time in nanoseconds.
        """
        files = self.files(name).values()
        return all(p.is_file() and p.stat().st_mtime_ns >= since for p in files)


def encoded(result: SegmentedImage, kinds: Sequence[str]) -> dict[str, bytes]:
    """The contents of a result's files, by what stands behind its name."""
    return {SUFFIXES[kind]: _ENCODERS[kind](result) for kind in kinds}


def stem_of(name: str) -> str:
    """What the files of an image are called: its name without suffix, made safe."""
    parts = [p for p in PurePosixPath(name).parts if p not in ('/', '..', '.')]
    path = PurePosixPath(*parts) if parts else PurePosixPath('image')
    return str(path.with_suffix('')) if path.suffix else str(path)


def voc_palette() -> np.ndarray:
    """The colours of PASCAL VOC's masks: (256, 3), uint8, RGB."""
    numbers = np.arange(256)
    colors = np.zeros((256, 3), dtype=np.uint8)
    for bit in range(8):  # three bits of the number go to the three channels
        for channel in range(3):
            colors[:, channel] |= ((numbers >> channel & 1) << (7 - bit)).astype('u1')
        numbers >>= 3
    return colors


def encode_mask(result: SegmentedImage) -> bytes:
    """An index PNG with VOC's palette."""
    image = Image.fromarray(result.mask)
    image.putpalette(voc_palette().tobytes())
    return _encoded(image, 'PNG')


def draw_overlay(result: SegmentedImage) -> np.ndarray:
    """The photograph with its classes in colours: (H, W, 3), uint8, RGB."""
    drawn = np.ascontiguousarray(result.pixels[..., ::-1])
    palette = voc_palette()
    for place in range(1, len(result.classes) + 1):
        found = result.mask == place
        if not found.any():
            continue
        color = palette[place].astype(np.float32)
        drawn[found] = ((1 - _OPACITY) * drawn[found] + _OPACITY * color).astype('u1')
        contours = _contours(found)
        thickness = max(1, round(min(found.shape) / 200))
        cv2.drawContours(drawn, contours, -1, palette[place].tolist(), thickness)
    return drawn


def encode_coco(result: SegmentedImage) -> bytes:
    """COCO's JSON: an annotation for each class that was found, as compressed RLE."""
    height, width = result.mask.shape
    annotations = []
    for place, name in enumerate(result.classes, start=1):
        found = result.mask == place
        if found.any():
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=1,
                    category_id=place,
                    segmentation=rle(found),
                    area=int(found.sum()),
                    bbox=_box(found),
                    iscrowd=0,
                    score=result.scores[name],
                )
            )
    return _json(
        dict(
            images=[dict(id=1, file_name=result.name, height=height, width=width)],
            categories=[
                dict(id=place, name=name)
                for place, name in enumerate(result.classes, start=1)
            ],
            annotations=annotations,
        )
    )


def encode_labelme(result: SegmentedImage) -> bytes:
    """LabelMe's JSON: outlines, and masks (5.2 on) where an outline is not enough."""
    height, width = result.mask.shape
    shapes = [
        dict(label=name, group_id=None, flags={}) | _labelme_shape(piece)
        for place, name in enumerate(result.classes, start=1)
        for piece in _pieces(result.mask == place)
    ]
    return _json(
        dict(
            version='5.2.1',
            flags={},
            shapes=shapes,
            imagePath=PurePosixPath(result.name).name,
            imageData=None,
            imageHeight=height,
            imageWidth=width,
        )
    )


def _pieces(found: np.ndarray) -> list[np.ndarray]:
    """Connected pieces, (H, W), bool each."""
    number, labels = cv2.connectedComponents(found.astype('u1'))
    return [labels == piece for piece in range(1, number)]


def _labelme_shape(piece: np.ndarray) -> dict:
    """A polygon draws the piece and nothing else, or it is a mask in its box."""
    contours = _contours(piece)
    polygon = contours[0].reshape(-1, 2).tolist()
    drawn = cv2.drawContours(np.zeros(piece.shape, 'u1'), contours[:1], 0, 1, -1)
    if len(contours) == 1 and len(polygon) >= 3 and np.array_equal(drawn > 0, piece):
        return dict(shape_type='polygon', points=polygon, mask=None)
    x, y, width, height = _box(piece)
    inside = piece[y : y + height, x : x + width]
    png = _encoded(Image.fromarray(inside.astype('u1')), 'PNG')
    corners = [[x, y], [x + width - 1, y + height - 1]]
    text = base64.b64encode(png).decode('ascii')
    return dict(shape_type='mask', points=corners, mask=text)


def rle(mask: np.ndarray) -> dict:
    """COCO's compressed run lengths of (H, W), bool: ``size`` and ``counts`` (str)."""
    require('pycocotools', extra='data')
    from pycocotools.mask import encode

    found = encode(np.asfortranarray(mask.astype(np.uint8)))
    return dict(size=list(mask.shape), counts=found['counts'].decode('ascii'))


def _encode_overlay(result: SegmentedImage) -> bytes:
    return _encoded(Image.fromarray(draw_overlay(result)), 'JPEG', quality=90)


def _encoded(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _json(value: dict) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _box(found: np.ndarray) -> list[int]:
    x, y, width, height = cv2.boundingRect(found.astype(np.uint8))
    return [int(x), int(y), int(width), int(height)]


def _contours(found: np.ndarray) -> list[np.ndarray]:
    how = cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
    return list(cv2.findContours(found.astype('u1'), *how)[0])


_ENCODERS = dict(
    mask=encode_mask,
    overlay=_encode_overlay,
    coco=encode_coco,
    labelme=encode_labelme,
)
