"""Modules of fss_mm that are read by themselves, where the package is not imported."""

from __future__ import annotations

from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType


def read_alone(path: str) -> ModuleType:
    """Run a file of fss_mm that imports nothing of it.

    An import of any module of the package imports torch and mmseg, and cannot be done
    where these are missing.

    Args:
        path (str): In the package, such as 'version.py'.

    Raises:
        ImportError: If there is no fss_mm.
    """
    package = find_spec('fss_mm')
    if package is None:
        raise ImportError('fss_mm is not installed; pip install -e . in its folder')
    file = Path(package.submodule_search_locations[0]) / path
    spec = spec_from_file_location(f'_fss_mm_{file.stem}', file)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
