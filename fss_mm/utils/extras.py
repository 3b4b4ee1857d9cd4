"""Modules that only some converters need."""

from __future__ import annotations

from importlib import import_module


def require(module: str, extra: str) -> None:
    """Check that a module of an extra can be imported.

    Raises:
        ImportError: With the pip line that installs it.
    """
    try:
        import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{module} is not installed; pip install 'fss_mm[{extra}]'"
        ) from error
