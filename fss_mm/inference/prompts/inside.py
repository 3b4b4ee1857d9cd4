"""Whether a prompt lies in its picture."""

from __future__ import annotations

from ..own_masks import UnusableMask
from ..pictures import Picture
from .kinds import Box, Point, Points, Polygon, Prompt, Scribbles


def require_inside(picture: Picture, prompt: Prompt) -> None:
    """Check that no part of a prompt is outside of a picture.

    Edges and corners may lie on the picture's own edge; points may not, where no pixel
    begins.

    Raises:
        UnusableMask: With the point that is outside, and the size of the picture.
    """
    height, width = picture.size
    on_pixels, on_edges = _points_of(prompt)
    pixels = [(x, y) for x, y in on_pixels if not (0 <= x < width and 0 <= y < height)]
    edges = [(x, y) for x, y in on_edges if not (0 <= x <= width and 0 <= y <= height)]
    outside, to = (pixels, 'to below') if pixels else (edges, 'to')
    if outside:
        x, y = outside[0]
        turned = ''
        if picture.orientation != 1:
            turned = f' as its EXIF tag {picture.orientation} turns it'
        raise UnusableMask(
            f'{picture.name}: {type(prompt).__name__} with ({x:g}, {y:g}), which is '
            f'outside of the picture of {width} x {height} pixels (width x height)'
            f'{turned}; give x from 0 {to} {width} and y from 0 {to} {height}'
        )


def _points_of(prompt: Prompt) -> tuple[list[Point], list[Point]]:
    """Points that lie in pixels, and those on edges of what is inside."""
    if isinstance(prompt, Points):
        return [*prompt.positive, *prompt.negative], []
    if isinstance(prompt, Scribbles):
        lines = (*prompt.positive, *prompt.negative)
        return [point for line in lines for point in line], []
    if isinstance(prompt, Polygon):
        return [], [point for ring in prompt.rings for point in ring]
    if isinstance(prompt, Box):
        return [], [(prompt.x0, prompt.y0), (prompt.x1, prompt.y1)]
    return [], []  # of an image of strokes the size is checked
