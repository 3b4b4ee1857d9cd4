"""Pictures of episodes."""

from .episode_strip import draw_episode, outline, stack_rows

__all__ = ['draw_episode', 'outline', 'stack_rows']
