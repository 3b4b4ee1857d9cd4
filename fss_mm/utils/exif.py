"""How a photograph was held: EXIF's tag, and what Pillow does to look at it."""

from __future__ import annotations

from PIL import ExifTags, Image

ORIENTATION = ExifTags.Base.Orientation
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By orientation; others leave the picture as it is stored."""
SIDEWAYS = 5  # from this orientation on, height and width are exchanged


def orientation_of(image: Image.Image) -> int:
    """The orientation of an opened file, 2 to 8; 1 where nothing is to be turned."""
    found = image.getexif().get(ORIENTATION, 1)
    return found if found in TURNS else 1
