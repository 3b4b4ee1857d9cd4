"""The registries of fss_mm: children of mmseg's, in scope ``fss_mm``.

With ``default_scope = 'fss_mm'`` a config uses the bare names of fss_mm, mmseg and
mmengine. A look-up walks up to the parents but never imports their packages, so every
node names mmseg's location beside its own. Every node that the Runner touches is
declared here: a missing one would print a warning at each build.
"""

from mmengine.registry import FUNCTIONS, Registry
from mmengine.registry import INFERENCERS as MMENGINE_INFERENCERS
from mmengine.registry import STRATEGIES as MMENGINE_STRATEGIES
from mmseg import registry as mmseg

_DATASETS = ['mmseg.datasets', 'fss_mm.datasets']
_SAMPLERS = ['mmseg.datasets', 'fss_mm.episodes']
_TRANSFORMS = ['mmseg.datasets.transforms', 'fss_mm.datasets.transforms']
_ENGINE = ['mmseg.engine', 'fss_mm.engine']
_EVALUATION = ['mmseg.evaluation', 'fss_mm.evaluation']
_MODELS = ['mmseg.models', 'fss_mm.models']
_VISUALIZATION = ['mmseg.visualization', 'fss_mm.visualization']


def _child(parent: Registry, locations: list[str]) -> Registry:
    """A registry of the same name under ``parent``, in scope ``fss_mm``."""
    return Registry(parent.name, parent=parent, scope='fss_mm', locations=locations)


# Runner, loops and hooks
RUNNERS = _child(mmseg.RUNNERS, _ENGINE)
RUNNER_CONSTRUCTORS = _child(mmseg.RUNNER_CONSTRUCTORS, _ENGINE)
STRATEGIES = _child(MMENGINE_STRATEGIES, _ENGINE)
LOOPS = _child(mmseg.LOOPS, _ENGINE)
HOOKS = _child(mmseg.HOOKS, _ENGINE)
LOG_PROCESSORS = _child(mmseg.LOG_PROCESSORS, _ENGINE)

# Data: sets of images, functions that draw episodes, samplers, transforms
DATASETS = _child(mmseg.DATASETS, _DATASETS)
DATA_SAMPLERS = _child(mmseg.DATA_SAMPLERS, _SAMPLERS)
TRANSFORMS = _child(mmseg.TRANSFORMS, _TRANSFORMS)
EPISODE_DRAWS = Registry('episode draw', scope='fss_mm', locations=['fss_mm.episodes'])

# Models
MODELS = _child(mmseg.MODELS, _MODELS)
MODEL_WRAPPERS = _child(mmseg.MODEL_WRAPPERS, _MODELS)
WEIGHT_INITIALIZERS = _child(mmseg.WEIGHT_INITIALIZERS, _MODELS)
TASK_UTILS = _child(mmseg.TASK_UTILS, _MODELS)

# Optimisation
OPTIMIZERS = _child(mmseg.OPTIMIZERS, _ENGINE)
OPTIM_WRAPPERS = _child(mmseg.OPTIM_WRAPPERS, _ENGINE)
OPTIM_WRAPPER_CONSTRUCTORS = _child(mmseg.OPTIM_WRAPPER_CONSTRUCTORS, _ENGINE)
PARAM_SCHEDULERS = _child(mmseg.PARAM_SCHEDULERS, _ENGINE)

# Evaluation, visualisation, inference
METRICS = _child(mmseg.METRICS, _EVALUATION)
EVALUATOR = _child(mmseg.EVALUATOR, _EVALUATION)
VISUALIZERS = _child(mmseg.VISUALIZERS, _VISUALIZATION)
VISBACKENDS = _child(mmseg.VISBACKENDS, _VISUALIZATION)
INFERENCERS = _child(MMENGINE_INFERENCERS, _VISUALIZATION)

REGISTRIES = (
    *(value for value in list(globals().values()) if isinstance(value, Registry)),
    FUNCTIONS,
)
"""All of them: whatever a config may name is in one."""
