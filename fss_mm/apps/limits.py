"""What one user, and all of them together, may ask of the page's server."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20


class Refused(ValueError):
    """What a user asked for and cannot have: a line with the reason and the remedy."""


class LimitReached(Refused):
    """The same, because something is used up."""


@dataclass(frozen=True)
class Limits:
    """Limits of the page.

    Args:
        file_bytes (int): Of an uploaded file.
        pixels (int): Of a photograph, by its header: larger ones are not decoded.
        side (int): Longer side at which photographs are worked with; larger ones are
            reduced when they arrive. Masks are given in the photograph's own size.
        supports (int): Photographs that one user shows.
        queries (int): Photographs that one user searches.
        classes (int): Of one user.
        user_bytes (int): Memory of one user.
        total_bytes (int): Memory of all users together.
        users (int): At the same time.
        tabs (int): Of one user at the same time.
        seconds (float): Of computing in ten minutes, of one user.
        idle_minutes (float): After which a tab that asks for nothing is forgotten.
        page (int): Photographs that are searched at once.
    """

    file_bytes: int = 32 * MIB
    pixels: int = 50_000_000
    side: int = 1024
    supports: int = 60
    queries: int = 200
    classes: int = 12
    user_bytes: int = 768 * MIB
    total_bytes: int = 4096 * MIB
    users: int = 100
    tabs: int = 8
    seconds: float = 300.0
    idle_minutes: float = 60.0
    page: int = 12


def require_room(have: int, most: int, what: str) -> None:
    """Check that one more of something fits.

    Raises:
        LimitReached: If not.
    """
    if have >= most:
        raise LimitReached(f'{have} {what} are the most here; remove one first')
