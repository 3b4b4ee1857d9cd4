"""One photograph, from whatever a user has of it.

Shape letters: H W image size.
"""

from __future__ import annotations

import io
import math
import string
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import mmcv
import numpy as np
from PIL import Image

from ..datasets.transforms.load_few_shot_image import scaled_image
from ..index.mask_values import several_pages
from ..index.undecodable import undecodable
from ..utils.exif import SIDEWAYS, orientation_of
from ..utils.spelling import argument

Source = str | Path | bytes | np.ndarray | Image.Image
MAX_BYTES = 2**29
"""Of a decoded image, by default: 512 MiB, the most that Pillow opens by itself."""
_CHANNELS = 3
_SCHEMES = ('http://', 'https://')
_TIMEOUT = 30  # seconds without a byte from a server


class UnreadablePicture(ValueError):
    """A picture that cannot be used.

    Args:
        name (str): What it is called in results.
        reason (str): Why it cannot be used, and the remedy.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name, self.reason = name, reason

    def __str__(self) -> str:
        return f'{self.name}: {self.reason}'


def unknown_source(source: object) -> str:
    """What to say of what is no image."""
    advice = ''
    if hasattr(source, 'numpy'):
        advice = '; pass x.permute(1, 2, 0).numpy() of a tensor (3, H, W) of uint8, BGR'
    return (
        f'of type {type(source).__name__}, expected a file, an address, an array '
        f"(H, W, 3) of uint8 or Pillow's image{advice}"
    )


@dataclass(frozen=True)
class Picture:
    """A decoded photograph.

    Args:
        name (str): What to call it in messages and results.
        pixels (np.ndarray): (H, W, 3), uint8, BGR, as it is to be looked at.
        orientation (int): The EXIF tag by which it was turned for that; 1 for none.
    """

    name: str
    pixels: np.ndarray
    orientation: int = 1

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.pixels.shape[:2]

    @property
    def stored_size(self) -> tuple[int, int]:
        """Height and width in the file, before it was turned."""
        height, width = self.size
        return (width, height) if self.orientation >= SIDEWAYS else (height, width)


@dataclass(frozen=True)
class PictureReader:
    """Reads pictures.

    Args:
        backend (str): That of mmcv which decodes, as in the config's pipeline. Defaults
            to 'pillow'.
        img_range (tuple[float, float], optional): Values of images of 16 bits or of
            floats that are black and white. Defaults to None: they are refused.
        max_bytes (int): Of a decoded picture; larger ones are refused before they are
            decoded. Defaults to 512 MiB.
        min_side (int): Pixels of the shorter side; smaller ones are refused. Defaults
            to 1.

    Raises:
        ValueError: If ``img_range`` is no range.
    """

    backend: str = 'pillow'
    img_range: tuple[float, float] | None = None
    max_bytes: int = MAX_BYTES
    min_side: int = 1

    def __post_init__(self) -> None:
        if self.img_range is not None:
            low, high = self.img_range
            if not (math.isfinite(low) and math.isfinite(high) and low < high):
                raise ValueError(
                    f'{argument("img_range", self.img_range)}, expected two numbers: '
                    'the value that is black, and a larger one that is white, such as '
                    '0 and 65535'
                )
        if self.max_bytes > MAX_BYTES:  # asked for: Pillow's own limit follows
            Image.MAX_IMAGE_PIXELS = max(
                Image.MAX_IMAGE_PIXELS or 0, self.max_bytes // _CHANNELS
            )

    def __call__(self, source: Source, name: str | None = None) -> Picture:
        """Read a picture.

        Args:
            source (Source): A file, the address of one, its content, an array (H, W, 3)
                or (H, W), uint8, BGR as OpenCV and mmcv read it, or Pillow's image.
            name (str, optional): Defaults to that of the file.

        Raises:
            UnreadablePicture: If it cannot be used.
        """
        picture = self._read(source, name)
        height, width = picture.size
        if min(height, width) < self.min_side:
            raise UnreadablePicture(
                picture.name,
                f'{height} x {width} pixels (height x width), expected '
                f'{self.min_side} or more on each side to show an object; take the '
                'photograph in its own size, or enlarge it',
            )
        return picture

    def _read(self, source: Source, name: str | None) -> Picture:
        if isinstance(source, np.ndarray):
            return Picture(name or 'array', _bgr(source, name or 'array'))
        if isinstance(source, Image.Image):
            name = name or getattr(source, 'filename', '') or 'image'
            return self._of_pillow(source, name)
        if isinstance(source, bytes):
            return self._decode(source, name or 'image')
        if not isinstance(source, (str, Path)):
            raise UnreadablePicture(name or 'image', unknown_source(source))
        name = name or str(source)
        return self._decode(_content(source, name), name)

    def _of_pillow(self, image: Image.Image, name: str) -> Picture:
        self._check(image, name)
        deep = image.mode[0] in 'IF'  # PNG has no floats
        if not deep and image.mode not in ('L', 'RGB', 'RGBA', 'P', '1', 'LA'):
            image = image.convert('RGB')
        options = {} if deep else dict(compress_level=0)
        buffer = io.BytesIO()
        image.save(buffer, 'TIFF' if deep else 'PNG', exif=image.getexif(), **options)
        return self._decode(buffer.getvalue(), name)

    def _decode(self, content: bytes, name: str) -> Picture:
        try:
            with Image.open(io.BytesIO(content)) as image:
                self._check(image, name)
                orientation = orientation_of(image)
            pixels = self._pixels(content)
        except (UnreadablePicture, ImportError):
            raise
        except Exception as error:  # of many kinds, as decoders please
            raise UnreadablePicture(name, self._reason(content, error)) from error
        return Picture(name, pixels, orientation)

    def _reason(self, content: bytes, error: Exception) -> str:
        """Why an image cannot be decoded, and what to do."""
        if isinstance(error, Image.DecompressionBombError):
            return (
                f'larger than the limit of {self.max_bytes:,} bytes of pixels; cut it '
                f'into tiles, or raise {argument("max_image_bytes")}'
            )
        return undecodable(content, error)

    def _check(self, image: Image.Image, name: str) -> None:
        """Look at a header, before anything is decoded."""
        width, height = image.size
        needed = width * height * _CHANNELS
        if needed > self.max_bytes:
            raise UnreadablePicture(
                name,
                f'{width} x {height} pixels take {needed:,} bytes, more than '
                f'the limit of {self.max_bytes:,}; cut it into tiles, or raise '
                f'{argument("max_image_bytes")}',
            )
        if pages := several_pages(image):
            raise UnreadablePicture(name, pages)
        if image.mode[0] in 'IF' and self.img_range is None:
            raise UnreadablePicture(
                name,
                f'values of more than 8 bits (mode {image.mode!r}); say which are '
                f'black and white, such as {argument("img_range", (0, 65535))}',
            )

    def _pixels(self, content: bytes) -> np.ndarray:
        if self.img_range is not None:
            scaled = scaled_image(io.BytesIO(content), *self.img_range)
            if scaled is not None:
                return scaled
        pixels = mmcv.imfrombytes(content, flag='color', backend=self.backend)
        if pixels is None:  # OpenCV's way to say so
            raise OSError('it cannot be decoded')
        return pixels


def is_url(source: object) -> bool:
    """Whether a source is the address of a file."""
    return isinstance(source, str) and source.lower().startswith(_SCHEMES)


def _content(source: str | Path, name: str) -> bytes:
    if is_url(source):
        address = quote(source, safe=string.punctuation)  # spaces, and letters with é
        try:
            with urlopen(address, timeout=_TIMEOUT) as answer:
                return answer.read()
        except (OSError, HTTPException, ValueError) as error:
            raise UnreadablePicture(name, f'cannot be fetched ({error})') from error
    path = Path(source).expanduser()
    if path.is_dir():
        raise UnreadablePicture(name, 'a folder, expected an image')
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadablePicture(name, 'no such file') from error
    except OSError as error:
        raise UnreadablePicture(name, error.strerror or str(error)) from error


def _bgr(array: np.ndarray, name: str) -> np.ndarray:
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or not array.size:
        raise UnreadablePicture(
            name,
            f'shape {array.shape} and type {array.dtype}, expected (H, W, 3) or (H, W) '
            'of uint8',
        )
    if array.ndim == 2 or array.shape[2] == 1:
        return np.repeat(array.reshape(*array.shape[:2], 1), _CHANNELS, axis=2)
    if array.shape[2] != _CHANNELS:
        raise UnreadablePicture(
            name, f'{array.shape[2]} channels, expected 3 in the order B, G, R'
        )
    return np.ascontiguousarray(array)
