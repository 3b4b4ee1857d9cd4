"""Pictures of episodes."""

from .episode_strip import (
    draw_episode,
    join_panels,
    outline,
    panel,
    rgb_images,
    stack_rows,
)

__all__ = [
    'draw_episode',
    'join_panels',
    'outline',
    'panel',
    'rgb_images',
    'stack_rows',
]
