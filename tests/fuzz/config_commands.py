"""Options and flags of a command line that do not fit."""

from __future__ import annotations

from hypothesis import strategies as st

from .config_world import Experiment
from .kinds import Kind

_MISSING = (
    'train_dataloader.dataset.fold.x', 'model.0.type', 'param_scheduler.9.end',
    'param_scheduler.x.end', 'param_scheduler.-1.end', 'custom_hooks.2.priority',
    'model.backbone.out_nodes.0.x', 'nothing.at.all', 'modle.backbone.depth',
    'model.backbone.nothing', 'train_dataloader.dataset.query_pipelines',
    'default_hooks.nothing.interval', 'optim_wrapper.optimizer.betas2',
    'model.decode_head.decoder.x.y', 'env_cfg.x', 'log_level.x', 'load_from.x',
    'train_dataloader', 'model.decode_head', 'default_hooks', 'param_scheduler',
    'optim_wrapper.optimizer', 'custom_hooks', 'custom_hooks.0', 'default_hooks.logger',
    'train_dataloader.sampler', 'env_cfg', 'log_processor', 'randomness', 'test_cfg',
    'default_scope', 'work_dir', 'experiment_name', 'launcher', 'visualizer',
    'test_evaluator', 'train_cfg', 'cfg', 'custom_imports',
)  # fmt: skip
_TEXTS = (
    '=1', 'a', '=', 'a.=1', '.model=1', 'model..type=1', 'model.backbone.=3', ' =1',
    'model.decode_head.channels=[1', 'model.decode_head.channels=(1,2',
    "model.decode_head.channels='", 'model.decode_head.channels==4', 'model',
    'model.decode_head.channels =4', 'model.decode_head.channels=4 5',
    'model.decode_head.channels={1: 2}', 'model.decode_head.channels=dict(a=1)',
    'model.decode_head.channels=1]', 'model.decode_head.channels=[1,(2]',
    'model.decode_head.channels=', 'model.decode_head.channels=[]',
    'randomness={seed:3}', 'optim_wrapper.optimizer.lr=1e-', '..=..', '__class__=1',
    'model.__class__=3', 'model.keys=3', 'model.items=1', 'filename=3', 'a b=1',
    '--fold=1', 'model.decode_head.channels=,', 'model.decode_head.channels=4,',
    'model.decode_head.channels=(,)', 'model.decode_head.channels=((((((1))))))',
)  # fmt: skip


def _option_that_misses(experiment: Experiment, case: dict) -> None:
    value = case['value']
    experiment.options.append(f'{case["path"]}={value}')
    experiment.right = None
    first, _, rest = case['path'].partition('.')
    if first in ('nothing', 'modle', 'cfg') or rest.split('.')[0].startswith('nothing'):
        experiment.right = False
    experiment.words = [first, *filter(None, rest.split('.')), value]


def _option_text(experiment: Experiment, case: dict) -> None:
    experiment.options.append(case['text'])
    experiment.right = None
    words = case['text'].replace('=', ' ').replace('.', ' ').split()
    experiment.words = [case['text'], '--cfg-options', *words]


_FLAGS = (
    ('both', '--fold', ('9', '-1', 'x', '', '1.5')),
    ('both', '--shot', ('0', '-1', 'x', '1000000', '')),
    ('both', '--launcher', ('mpi', '')),
    ('both', '--nothing', ('1',)),
    ('train', '--amp', ('float16', 'float8')),
    ('train', '--resume', ('nowhere.pth', '', '/')),
    ('train', '--seed', ('-1', 'x', '99999999999', '1.5')),
    ('train', '--auto-scale-lr', (None,)),
    ('train', '--no-validate', ('1',)),
    ('test', '--seeds', ('-1', 'x', None, '99999999999999999999', '1.5')),
    ('test', '--num-episodes', ('0', '-1', 'x', '1.5')),
    ('test', '--precision', ('float16', 'half')),
    ('test', '--tta', ('-1', '0', 'nan', 'inf', 'x', '1e9', '0.001')),
    ('test', '--show-episodes', ('-1', 'x')),
    ('test', '--report', ('/nowhere/x/report.json', '')),
    ('test', '--pair-lists', ('nowhere', '.')),
    ('both', '--protocol', ('nothing', 'nowhere.py', '', '.py', '..', 'PFENet', '/')),
)


_EITHER = (  # some of their values are all right, or refused by a later step
    '--precision', '--shot', '--report', '--seed', '--show-episodes', '--tta',
    '--seeds',
)  # fmt: skip


def _flag(experiment: Experiment, case: dict) -> None:
    tool, flag, values = _FLAGS[case['flag'] % len(_FLAGS)]
    experiment.tool = experiment.tool if tool == 'both' else tool
    value = values[case['value'] % len(values)]
    experiment.arguments += [flag] if value is None else [flag, value]
    experiment.right = False
    if flag in _EITHER:
        experiment.right = None
    name = flag.strip('-').replace('-', '_')
    experiment.words = [flag, name, *([value] if value else []), 'shots', 'scale']
    experiment.words += ['AmpOptimWrapper', "weights '.'"]


COMMANDS = {
    'option that misses': Kind(
        _option_that_misses,
        dict(
            path=st.sampled_from(_MISSING),
            value=st.sampled_from(['3', 'None', 'x', '[]', '(1,2)', 'nan', 'True']),
        ),
    ),
    'option of odd text': Kind(_option_text, dict(text=st.sampled_from(_TEXTS))),
    'flag': Kind(_flag, dict(flag=st.integers(0, 40), value=st.integers(0, 9))),
}
