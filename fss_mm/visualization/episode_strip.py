"""Pictures of episodes: supports with outlines, query, truth, prediction, in a row.

Shape letters: K shots, H W image size.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from torch import Tensor

PANEL_HEIGHT = 160
CAPTION_HEIGHT = 22
GAP = 4
SUPPORT_COLOR = (255, 196, 0)
TRUTH_COLOR = (0, 200, 83)
PREDICTION_COLOR = (41, 121, 255)
IGNORE_COLOR = (128, 128, 128)
TEXT_COLOR = (0, 0, 0)
ALARM_COLOR = (213, 0, 0)


def outline(image: np.ndarray, mask: np.ndarray, color: Sequence[int]) -> np.ndarray:
    """Tint a mask's foreground and draw its outline; grey the ignored pixels.

    Args:
        image (np.ndarray): (H, W, 3), uint8, RGB.
        mask (np.ndarray): (H, W): 0, 1 or 255.
        color (Sequence[int]): RGB.

    Returns:
        np.ndarray: (H, W, 3), uint8, a new array.
    """
    drawn = image.astype(np.float32)
    for value, tint in ((1, color), (255, IGNORE_COLOR)):
        drawn[mask == value] = 0.6 * drawn[mask == value] + 0.4 * np.array(tint)
    drawn = np.ascontiguousarray(drawn.round().astype(np.uint8))
    fg = (mask == 1).astype(np.uint8)
    contours, _ = cv2.findContours(fg, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    thickness = max(1, round(min(mask.shape) / 160))
    return cv2.drawContours(drawn, contours, -1, tuple(color), thickness)


def draw_episode(
    query: np.ndarray,
    supports: Sequence[np.ndarray],
    support_masks: Sequence[np.ndarray],
    truth: np.ndarray,
    prediction: np.ndarray | None = None,
    title: str = '',
) -> np.ndarray:
    """Draw one row: supports, query, truth and, where there is one, prediction.

    A support or a truth without a pixel of the class is marked in red: EMPTY.

    Args:
        query (np.ndarray): (any, any, 3), uint8, RGB; drawn at the size of ``truth``.
        supports (Sequence[np.ndarray]): K like ``query``, drawn at their masks' size.
        support_masks (Sequence[np.ndarray]): K of (any, any).
        truth (np.ndarray): (H, W): 0, 1 or 255.
        prediction (np.ndarray, optional): (H, W): 0 or 1. Defaults to None.
        title (str): Caption of the query. Defaults to none.

    Returns:
        np.ndarray: (``PANEL_HEIGHT + CAPTION_HEIGHT``, any, 3), uint8, RGB.
    """
    query = _at_size_of(truth, query)
    panels = [
        _labelled(_at_size_of(mask, image), mask, SUPPORT_COLOR, f'support {i}')
        for i, (image, mask) in enumerate(zip(supports, support_masks), start=1)
    ]
    panels += [
        panel(query, title or 'query'),
        _labelled(query, truth, TRUTH_COLOR, 'truth'),
    ]
    if prediction is not None:
        panels.append(panel(outline(query, prediction, PREDICTION_COLOR), 'prediction'))
    return join_panels(panels)


def _labelled(
    image: np.ndarray, mask: np.ndarray, color: Sequence[int], caption: str
) -> np.ndarray:
    """A panel of an image with its mask, marked where that shows no class."""
    drawn = outline(image, mask, color)
    if (mask == 1).any():
        return panel(drawn, caption)
    return panel(drawn, f'{caption}: EMPTY', ALARM_COLOR)


def _at_size_of(mask: np.ndarray, image: np.ndarray) -> np.ndarray:
    """A mask loaded behind the resizing has the size of the file, unlike the image."""
    return cv2.resize(image, mask.shape[::-1], interpolation=cv2.INTER_LINEAR)


def rgb_images(images: Tensor, flip: bool) -> np.ndarray:
    """(K, 3, H, W) tensor to (K, H, W, 3) array.

    Args:
        images (Tensor): uint8, in the loader's order of channels.
        flip (bool): Whether that is BGR.
    """
    array = images.cpu().numpy().transpose(0, 2, 3, 1)
    return np.ascontiguousarray(array[..., ::-1] if flip else array)


def join_panels(panels: Sequence[np.ndarray]) -> np.ndarray:
    """Panels of one height side by side, with a gap between them."""
    gap = np.full((panels[0].shape[0], GAP, 3), 255, np.uint8)
    return np.hstack([part for image in panels for part in (image, gap)][:-1])


def stack_rows(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Rows under one another, padded with white to one width."""
    width = max(row.shape[1] for row in rows)
    padded = [
        np.pad(row, ((0, GAP), (0, width - row.shape[1]), (0, 0)), constant_values=255)
        for row in rows
    ]
    return np.vstack(padded)


def panel(
    image: np.ndarray, caption: str, color: Sequence[int] = TEXT_COLOR
) -> np.ndarray:
    """An image (H, W, 3) at panel height, under its caption."""
    width = max(1, round(image.shape[1] * PANEL_HEIGHT / image.shape[0]))
    image = cv2.resize(image, (width, PANEL_HEIGHT), interpolation=cv2.INTER_AREA)
    head = np.full((CAPTION_HEIGHT, width, 3), 255, np.uint8)
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(head, caption, (2, 15), font, 0.4, color, 1, cv2.LINE_AA)
    return np.vstack([head, image])
