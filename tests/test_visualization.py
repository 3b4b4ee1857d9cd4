import numpy as np
import pytest

from fss_mm.visualization import draw_episode, outline, stack_rows
from fss_mm.visualization.episode_strip import (
    CAPTION_HEIGHT,
    GAP,
    IGNORE_COLOR,
    PANEL_HEIGHT,
    PREDICTION_COLOR,
    SUPPORT_COLOR,
    TRUTH_COLOR,
)

GRAY = np.full((PANEL_HEIGHT, 100, 3), 90, np.uint8)


def test_outline_marks_the_mask_and_nothing_else():
    mask = np.zeros((PANEL_HEIGHT, 100), np.uint8)
    mask[20:60, 10:40] = 1
    mask[100:110] = 255
    drawn = outline(GRAY, mask, (255, 0, 0))
    assert (drawn[mask == 0] == 90).all(), 'the background is untouched'
    assert drawn[40, 25].tolist() == [156, 54, 54], 'inside is tinted'
    assert drawn[20, 25].tolist() == [255, 0, 0], 'the border is drawn'
    assert drawn[105, 5].tolist() == [round(0.6 * 90 + 0.4 * c) for c in IGNORE_COLOR]
    assert (GRAY == 90).all(), 'the image given is not changed'


def test_panels_come_in_order():
    """A different corner for each mask: a swapped or flipped panel shows."""
    masks = np.zeros((4, PANEL_HEIGHT, 100), np.uint8)
    masks[0, :30, :30] = masks[1, :30, -30:] = 1
    masks[2, -30:, :30] = masks[3, -30:, -30:] = 1
    row = draw_episode(GRAY, [GRAY, GRAY], masks[:2], masks[2], masks[3], 'cow')
    assert row.shape == (PANEL_HEIGHT + CAPTION_HEIGHT, 5 * 100 + 4 * GAP, 3)
    panels = [row[CAPTION_HEIGHT:, i * (100 + GAP) :][:, :100] for i in range(5)]
    for panel, mask, color in zip(
        [panels[0], panels[1], panels[3], panels[4]],
        masks,
        [SUPPORT_COLOR, SUPPORT_COLOR, TRUTH_COLOR, PREDICTION_COLOR],
    ):
        changed = (panel != 90).any(2)
        assert np.array_equal(changed, mask == 1)
        inside = np.argwhere(mask == 1).mean(0).astype(int)
        expected = [round(0.6 * 90 + 0.4 * c) for c in color]
        assert panel[tuple(inside)].tolist() == expected
    assert (panels[2] == 90).all(), 'the query is shown as it is'


def test_a_mask_without_the_class_is_marked():
    """In red: a support, the truth; a prediction may be empty."""
    fg = np.ones((PANEL_HEIGHT, 100), np.uint8)
    void = np.full((PANEL_HEIGHT, 100), 255, np.uint8)
    row = draw_episode(GRAY, [GRAY, GRAY], [fg, 0 * fg], void, 0 * fg)
    heads = [row[:CAPTION_HEIGHT, i * (100 + GAP) :][:, :100] for i in range(5)]
    red = [(head[..., 0].astype(int) - head[..., 1] > 60).any() for head in heads]
    assert red == [False, True, False, True, False]


@pytest.mark.parametrize('widths', [(50,), (50, 80)])
def test_rows_are_stacked_to_one_width(widths):
    rows = [np.zeros((10, width, 3), np.uint8) for width in widths]
    assert stack_rows(rows).shape == (len(rows) * (10 + GAP), max(widths), 3)
