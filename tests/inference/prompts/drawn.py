"""A red disc on grey with some noise, and prompts of it."""

import cv2
import numpy as np

from fss_mm.inference import Box, Points, Polygon, ScribbleImage, Scribbles
from fss_mm.inference.pictures import Picture
from tests.inference.conftest import GRAY, RED

SIZE, CENTER, RADIUS = (120, 160), (70, 60), 30
ANGLES = np.linspace(0, 2 * np.pi, 60, endpoint=False)
CIRCLE = [
    (CENTER[0] + 0.5 + RADIUS * np.cos(a), CENTER[1] + 0.5 + RADIUS * np.sin(a))
    for a in ANGLES
]
ON, BESIDE = [(60, 60), (85, 60)], [(10, 10), (140, 10)]
GREEN_STROKE, RED_STROKE = (0, 255, 0), (0, 0, 255)  # BGR


def disc(size=SIZE, center=CENTER, radius=RADIUS):
    """A picture (H, W, 3), uint8, BGR, and where the disc is."""
    noise = np.random.default_rng(0).integers(0, 20, (*size, 3), dtype=np.uint8)
    image = np.full((*size, 3), GRAY, np.uint8) + noise
    mask = cv2.circle(np.zeros(size, np.uint8), center, radius, 1, -1) > 0
    image[mask] = RED
    return image, mask


def strokes(image):
    """A copy of a picture with a stroke of each kind."""
    drawn = image.copy()
    cv2.line(drawn, *ON, GREEN_STROKE, 3)
    return cv2.line(drawn, *BESIDE, RED_STROKE, 3)


def picture():
    """The disc as a picture."""
    return Picture('disc.png', disc()[0])


PROMPTS = dict(
    box=Box(35, 25, 105, 95),
    tight_box=Box(40, 30, 101, 91),
    point=Points([CENTER]),
    points=Points([CENTER, (50, 60)], [(20, 20), (150, 100)]),
    line=Scribbles([ON]),
    lines=Scribbles([ON, [(70, 50), (70, 80)]], [BESIDE]),
    dot=Scribbles([[CENTER]], width=9),
    strokes=ScribbleImage(strokes(disc()[0])),
    polygon=Polygon(CIRCLE),
)


def iou(first, second):
    """Of two masks."""
    return (first & second).sum() / (first | second).sum()
