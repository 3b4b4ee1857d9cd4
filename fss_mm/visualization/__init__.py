"""Pictures of episodes."""

from .episode_strip import (
    draw_episode,
    join_panels,
    outline,
    panel,
    rgb_images,
    stack_rows,
)
from .html_page import Entry, render_page
from .loaded_episode import EpisodePicture, draw_or_explain

__all__ = [
    'Entry',
    'EpisodePicture',
    'draw_episode',
    'draw_or_explain',
    'join_panels',
    'outline',
    'panel',
    'render_page',
    'rgb_images',
    'stack_rows',
]
