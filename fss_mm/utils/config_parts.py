"""Which registry each part of a config is built from, and what is read beside it."""

from __future__ import annotations

import inspect
import re

from mmengine.registry import FUNCTIONS, Registry
from mmengine.runner import Runner

from .. import registry as ours

REGISTRIES = (
    *(value for value in vars(ours).values() if isinstance(value, Registry)),
    FUNCTIONS,
)
_LOOPS = ('train', 'val', 'test')
# which registry the parts of a config are built from
PARTS = dict(
    model=ours.MODELS,
    data_preprocessor=ours.MODELS,
    model_wrapper_cfg=ours.MODEL_WRAPPERS,
    optim_wrapper=ours.OPTIM_WRAPPERS,
    optimizer=ours.OPTIMIZERS,
    param_scheduler=ours.PARAM_SCHEDULERS,
    custom_hooks=ours.HOOKS,
    log_processor=ours.LOG_PROCESSORS,
    visualizer=ours.VISUALIZERS,
    vis_backends=ours.VISBACKENDS,
    dataset=ours.DATASETS,
    sampler=ours.DATA_SAMPLERS,
    batch_sampler=ours.DATA_SAMPLERS,
    collate_fn=FUNCTIONS,
    worker_init_fn=FUNCTIONS,
    init_cfg=ours.WEIGHT_INITIALIZERS,
    **{f'{use}pipeline': ours.TRANSFORMS for use in ('query_', 'support_', '')},
    transforms=ours.TRANSFORMS,
    **{f'{loop}_cfg': ours.LOOPS for loop in _LOOPS},
    **{f'{loop}_evaluator': ours.METRICS for loop in _LOOPS[1:]},
)
DEFAULT_TYPES = dict(  # where a config may leave the type out
    optim_wrapper='OptimWrapper',
    log_processor='LogProcessor',
    visualizer='Visualizer',
    val_cfg='ValLoop',
    test_cfg='TestLoop',
)
# keys that mmengine takes out before it builds
ANY = ('type', '_scope_', '_delete_')
ALSO = {
    ours.HOOKS: ('priority',),
    ours.LOOPS: ('by_epoch',),
    ours.OPTIM_WRAPPERS: ('optimizer', 'constructor', 'paramwise_cfg'),
    ours.PARAM_SCHEDULERS: ('convert_to_iter_based',),
    ours.VISUALIZERS: ('name',),
    ours.WEIGHT_INITIALIZERS: ('override', 'name'),
}
OF_LOADERS = ('dataset', 'num_batch_per_epoch', 'disable_subprocess_warning')
OF_TABLES = dict(
    env_cfg=('cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'),
    auto_scale_lr=('enable', 'base_batch_size'),
    randomness=tuple(inspect.signature(Runner.set_randomness).parameters)[1:],
)
# read from a config by mmengine, mmseg or a tool, beside the Runner's own arguments
OF_CONFIGS = (
    'activation_checkpointing', 'compile', 'custom_imports', 'default_scope',
    'efficient_conv_bn_eval', 'find_unused_parameters', 'model_wrapper_cfg',
    'notes', 'runner_type', 'sync_bn', 'tests', 'tta_model', 'tta_pipeline',
    'vis_backends',
)  # fmt: skip
OF_RUNNERS = tuple(inspect.signature(Runner.__init__).parameters)[1:-1]
HOOKS = ('runtime_info', 'timer', 'sampler_seed', 'logger', 'param_scheduler',
          'checkpoint', 'checkpoint_content', 'visualization')  # fmt: skip
ALIKE = 0.85  # what may be of a user's own, but is so near to a known name, is a slip
# where a type must be one of our registries; elsewhere it may be of a user's own
BUILT_FOR_SURE = re.compile(
    r'\w+_dataloader(\.\d+)?\.(dataset|sampler|batch_sampler)'
    r'|model\.(\w*backbone|decode_head|data_preprocessor)|optim_wrapper\.optimizer'
)
