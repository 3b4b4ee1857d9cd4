"""fss_mm: few-shot segmentation on MMSegmentation, as plugins.

Importing the package registers everything in it, and imports those parts of mmseg that
its registries look into (a look-up does not import them).
"""

# ruff: noqa: E402  (the check comes before the imports that it speaks of)
from .utils.quiet_import import quiet_import
from .utils.versions import check_requirements

check_requirements()

with quiet_import():
    import mmseg.datasets
    import mmseg.engine
    import mmseg.evaluation
    import mmseg.models
    import mmseg.visualization  # noqa: F401

from . import (
    datasets,
    engine,
    episodes,
    evaluation,
    models,
    structures,
    visualization,
)
from .version import __version__

__all__ = [
    'FewShotInferencer',
    '__version__',
    'datasets',
    'engine',
    'episodes',
    'evaluation',
    'models',
    'structures',
    'visualization',
]


def __getattr__(name: str):
    """``FewShotInferencer`` is imported when it is asked for."""
    if name == 'FewShotInferencer':
        from .inference import FewShotInferencer

        return FewShotInferencer
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
