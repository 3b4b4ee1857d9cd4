"""What each part of a config is built from, and what is read beside it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping

from mmengine.registry import FUNCTIONS
from mmengine.runner import Runner
from mmengine.utils.dl_utils import set_multi_processing
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from .. import registry as ours
from .runner import MMENGINE_HOOKS, FewShotRunner

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
# train_cfg.by_epoch, instead of a type; without it mmengine silently takes the first
LOOPS_BY_EPOCH = ('IterBasedTrainLoop', 'EpochBasedTrainLoop')
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
# keys that mmcv takes out of a part before it builds, by the part's name
OF_BUILDERS = dict(norm_cfg=('requires_grad',))
OF_LOADERS = ('dataset', 'num_batch_per_epoch', 'disable_subprocess_warning')
OF_TABLES = dict(
    env_cfg=('cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'),
    auto_scale_lr=('enable', 'base_batch_size'),
)
OF_CALLS = {  # tables that are the arguments of a function, by path and type
    'randomness': {None: FewShotRunner.set_randomness},
    'env_cfg.mp_cfg': {None: set_multi_processing},
    'optim_wrapper.clip_grad': {
        None: clip_grad_norm_,
        'norm': clip_grad_norm_,
        'value': clip_grad_value_,
    },
}
# read from a config by mmengine, mmseg or a tool, beside the Runner's own arguments
OF_CONFIGS = (
    'activation_checkpointing', 'compile', 'custom_imports', 'default_scope',
    'efficient_conv_bn_eval', 'find_unused_parameters', 'model_wrapper_cfg',
    'notes', 'runner_type', 'sync_bn', 'tests', 'tta_model', 'tta_pipeline',
    'vis_backends',
)  # fmt: skip
OF_RUNNERS = tuple(inspect.signature(Runner.__init__).parameters)[1:-1]
HOOKS = (*MMENGINE_HOOKS, 'checkpoint_content', 'empty_masks', 'visualization')
ALIKE = 0.8  # what may be of a user's own, but is so near to a known name, is a slip
_OF_LOADERS = r'\w+_dataloader(\.\d+)?\.(dataset|sampler|batch_sampler)'
_OF_MODELS = r'model\.(\w*backbone|decode_head|data_preprocessor|refiner)'
# where a type must be one of our registries; elsewhere it may be of a user's own
BUILT_FOR_SURE = re.compile(rf'{_OF_LOADERS}|{_OF_MODELS}|optim_wrapper\.optimizer')
# what is built as it stands, so that all that its class needs must be there
AS_IT_IS = re.compile(
    rf'{BUILT_FOR_SURE.pattern}|model|optim_wrapper|visualizer'
    r'|\w+_dataloader(\.\d+)?\.dataset\.(\w+_)?pipeline\.\d+'
    r'|(train|val|test)_cfg|(val|test)_evaluator(\.\d+)?|param_scheduler(\.\d+)?'
    r'|custom_hooks\.\d+|default_hooks\.\w+'
)
NEVER_NONE = re.compile(
    r'\w+_dataloader(\.\d+)?\.(dataset|sampler)|model\.(backbone|decode_head)'
    r'|optim_wrapper\.optimizer|.*\.\d+'
)
GIVEN = {  # what a builder adds to the config's own arguments
    ours.DATA_SAMPLERS: ('dataset', 'sampler', 'batch_size'),
    ours.LOOPS: ('runner', 'dataloader', 'evaluator'),
    ours.OPTIMIZERS: ('params',),
    ours.PARAM_SCHEDULERS: ('optimizer',),
}
# what a library's annotations allow and mmengine's hooks do not
NARROWER = dict(DataLoader=dict(batch_size=int))


def kind_of(value: Mapping, path: str) -> object:
    """What a dict is built of: its type, or what stands for it; None for nothing.

    Args:
        value (Mapping): A part of a config.
        path (str): Where it stands.
    """
    by_epoch = value.get('by_epoch')
    if 'type' not in value and path == 'train_cfg' and by_epoch is not None:
        return LOOPS_BY_EPOCH[bool(by_epoch)]
    return value.get('type', DEFAULT_TYPES.get(path))
