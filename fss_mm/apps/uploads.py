"""Uploaded bytes to photographs and safe names; nothing is written to disk.

Shape letters: H W image size.
"""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import cv2
import numpy as np
from PIL import Image

from ..inference.pictures import Picture, PictureReader, UnreadablePicture
from .limits import Limits, Refused

FORMATS = ('JPEG', 'PNG', 'WEBP', 'BMP', 'TIFF', 'MPO')
_KNOWN = 'JPEG, PNG, WebP, BMP or TIFF'
_LONGEST = 80  # letters of a name
_FORBIDDEN = re.compile(r'[<>:"/\\|?*%&;\x00-\x1f\x7f]')
_FEWEST = 16  # pixels of a side, as of the library
# what files begin with that people take for images
_BEGINNINGS = (
    (rb'PK[\x03\x05\x07]', 'a ZIP archive; unpack it, and drop the images'),
    (rb'%PDF', 'a PDF; export its picture as PNG'),
    (rb'GIF8', 'a GIF; save it as PNG'),
    (rb'.{4}ftyp(hei|mif|avi)', 'a HEIC or AVIF photograph; save it as JPEG'),
    (rb'.{4}ftyp', 'a video; save the frame as PNG'),
    (rb'\s*(<\?xml|<!doctype|<svg|<html)', 'a drawing or page in XML; export a PNG'),
)


@dataclass(frozen=True)
class Photograph:
    """A photograph that a user has uploaded.

    Args:
        number (int): Names it in its session.
        picture (Picture): At the size that is worked with.
        size (tuple[int, int]): Height and width of the file, turned by its EXIF tag.
    """

    number: int
    picture: Picture
    size: tuple[int, int]

    @property
    def name(self) -> str:
        """Of the file."""
        return self.picture.name

    @property
    def num_bytes(self) -> int:
        """Memory that it takes."""
        return self.picture.pixels.nbytes


def safe_name(name: str) -> str:
    """A file's name without folders, markup and control characters; never empty."""
    name = unicodedata.normalize('NFC', str(name)).replace('\\', '/')
    name = ''.join(c for c in PurePosixPath(name).name if c.isprintable())
    name = _FORBIDDEN.sub('_', name).strip(' .')
    path = PurePosixPath(name or 'image')
    return f'{path.stem[:_LONGEST]}{path.suffix[:12]}'


def read_photograph(content: bytes, name: str, limits: Limits) -> tuple[Picture, tuple]:
    """Decode an upload.

    Args:
        content (bytes): Of the file.
        name (str): Safe.
        limits (Limits): Its pixels are looked at before it is decoded.

    Returns:
        tuple[Picture, tuple]: At the size that is worked with, and its own size.

    Raises:
        Refused: If it is no such image, or too large.
    """
    require_image(content, name, limits)
    reader = PictureReader(max_bytes=3 * limits.pixels, min_side=_FEWEST)
    try:
        picture = reader(content, name)
    except UnreadablePicture as error:
        raise Refused(str(error)) from error
    pixels = _reduced(picture.pixels, limits.side)
    return replace(picture, pixels=pixels), picture.size


def require_image(content: bytes, name: str, limits: Limits) -> None:
    """Look at the first bytes and the header alone.

    Raises:
        Refused: If it is no such image, or too large.
    """
    if not content:
        raise Refused(f'{name}: an empty file (0 bytes); choose it again')
    if len(content) > limits.file_bytes:
        raise Refused(too_large(name, limits))
    start = content[:64].removeprefix(b'\xef\xbb\xbf').lower()
    for beginning, said in _BEGINNINGS:
        if re.match(beginning.lower(), start, re.DOTALL):
            raise Refused(f'{name}: {said}')
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            width, height = image.size
    except Image.DecompressionBombError as error:
        raise Refused(f'{name}: {_too_many_pixels(limits)}') from error
    except Exception as error:  # of many kinds, as decoders please
        raise Refused(f'{name}: no image that can be read; give {_KNOWN}') from error
    if width * height > limits.pixels:
        size = f'{width:,} x {height:,} pixels: '
        raise Refused(f'{name}: {size}{_too_many_pixels(limits)}')


def too_large(name: str, limits: Limits) -> str:
    """What to say of a file of too many bytes."""
    most = limits.file_bytes / 2**20
    return f'{name}: larger than {most:g} MiB; save it smaller, or as JPEG'


def _too_many_pixels(limits: Limits) -> str:
    return f'more than {limits.pixels / 1e6:g} million pixels; make it smaller'


def _reduced(pixels: np.ndarray, side: int) -> np.ndarray:
    scale = side / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    height, width = (max(1, round(s * scale)) for s in pixels.shape[:2])
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
