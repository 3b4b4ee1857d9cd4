"""Values of configs: which of them are right, and where a Runner has them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from mmengine.runner import Runner

_MODEL, _HEAD = 'model', 'model.decode_head'
NAN, INF = float('nan'), float('inf')
# each is wrong for most fields
STRANGE = (None, 'nine', '', -1, 0, NAN, INF, -INF, 1.5, [], [1], {}, 'None ', [None])


@dataclass(frozen=True)
class Field:
    """A value of a config.

    Args:
        right (Callable): Whether a value is.
        good (tuple): Some that are right.
        read (Callable): The value in a Runner that begins.
        tool (str): Which tool reads it.
        lacking (tuple[str, ...]): Configs whose model has no such field.
    """

    right: Callable[[Any], bool]
    good: tuple
    read: Callable[[Runner], Any]
    tool: str = 'train'
    lacking: tuple[str, ...] = ()


def _whole(least: float) -> Callable[[Any], bool]:
    return lambda v: type(v) is int and v >= least


def _number(least: float, most: float = INF, above: bool = False) -> Callable:
    def right(value: Any) -> bool:
        number = type(value) in (int, float) and math.isfinite(value)
        return number and least <= value <= most and not (above and value == least)

    return right


def _above_0_or_endless(value: Any) -> bool:
    return type(value) in (int, float) and value > 0


def _one_of(*names: Any) -> Callable[[Any], bool]:
    return lambda v: any(type(v) is type(n) and v == n for n in names)


def _or_none(right: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda v: v is None or right(v)


def _flag(read: Callable[[Runner], Any], tool: str = 'train') -> Field:
    return Field(_one_of(True, False), (True,), read, tool)


def _data(loop: str, name: str) -> Callable[[Runner], Any]:
    return attrgetter(f'{loop}_dataloader.{name}')


def _group(name: str) -> Callable[[Runner], Any]:
    return lambda runner: runner.optim_wrapper.optimizer.param_groups[0][name]


def _hook(kind: str, name: str) -> Callable[[Runner], Any]:
    def read(runner: Runner) -> Any:
        (hook,) = [h for h in runner.hooks if type(h).__name__ == kind]
        return getattr(hook, name)

    return read


def _clip(runner: Runner) -> Any:
    return runner.optim_wrapper.clip_grad_kwargs['max_norm']


_SETS = {
    'num_images': (_whole(1), (90,)),
    'side': (_whole(1), (40,)),
    'num_shots': (_whole(1), (2,)),
    'min_pixels': (_whole(0), (0, 2)),
    'min_grid_pixels': (_whole(0), (0,)),
    'min_images': (_whole(0), (0, 2)),
}
FIELDS = {
    **{
        f'{loop}_dataloader.dataset.{name}': Field(
            right, good, _data(loop, f'dataset.{name}'), tool
        )
        for name, (right, good) in _SETS.items()
        for loop, tool in (('train', 'train'), ('val', 'train'), ('test', 'test'))
    },
    **{
        f'{loop}_dataloader.sampler.{name}': Field(
            right, good, _data(loop, f'sampler.{name}'), tool
        )
        for name, (right, good) in {
            'num_episodes': (_whole(1), (3,)),
            'identical_inputs': (_one_of(True, False), (True,)),
            'draw': (_one_of('every_pair', 'class_uniform'), ('every_pair',)),
        }.items()
        for loop, tool in (('val', 'train'), ('test', 'test'))
    },
    'train_dataloader.batch_size': Field(_whole(1), (3,), _data('train', 'batch_size')),
    'train_dataloader.num_workers': Field(
        _whole(0), (0,), _data('train', 'num_workers')
    ),
    'train_dataloader.dataset.split': Field(
        _one_of('train', 'val', 'test'), ('train',), _data('train', 'dataset.split')
    ),
    'train_dataloader.dataset.novel_images': Field(
        _one_of('drop', 'keep', 'ignore'),
        ('ignore',),
        _data('train', 'dataset.novel_images'),
    ),
    'train_dataloader.sampler.seed': Field(
        _or_none(_whole(-INF)), (7,), _data('train', 'sampler.seed')
    ),
    'train_cfg.max_iters': Field(_whole(1), (7,), attrgetter('max_iters')),
    'train_cfg.val_interval': Field(
        _whole(1), (7,), attrgetter('train_loop.val_interval')
    ),
    'train_cfg.val_begin': Field(_whole(0), (7,), attrgetter('train_loop.val_begin')),
    'optim_wrapper.optimizer.lr': Field(_number(0), (0.5, 1), _group('initial_lr')),
    'optim_wrapper.optimizer.weight_decay': Field(
        _number(0), (0.5,), _group('weight_decay')
    ),
    'optim_wrapper.clip_grad.max_norm': Field(_above_0_or_endless, (0.5, INF), _clip),
    'optim_wrapper.accumulative_counts': Field(
        _whole(1), (2,), attrgetter('optim_wrapper._accumulative_counts')
    ),
    'param_scheduler.0.start_factor': Field(
        _number(0, 1, above=True), (0.5,), lambda r: r.param_schedulers[0].start_factor
    ),
    'param_scheduler.1.power': Field(
        _number(0), (2,), lambda r: r.param_schedulers[1].power
    ),
    f'{_HEAD}.channels': Field(
        _whole(1), (6,), attrgetter(f'{_HEAD}.reduce.0.out_channels')
    ),
    f'{_HEAD}.dropout': Field(
        _number(0, 1),
        (0.5,),
        attrgetter(f'{_HEAD}.reduce.2.p'),
        lacking=('crnet_fold0',),
    ),
    f'{_MODEL}.query_loss_weight': Field(
        _number(0), (0.5, 2), attrgetter(f'{_MODEL}.query_loss_weight')
    ),
    f'{_MODEL}.encode_together': _flag(attrgetter(f'{_MODEL}.encode_together')),
    f'{_MODEL}.backbone.frozen': _flag(attrgetter(f'{_MODEL}.backbone.frozen')),
    f'{_MODEL}.backbone.norm_eval': _flag(attrgetter(f'{_MODEL}.backbone.norm_eval')),
    'default_hooks.logger.interval': Field(
        _whole(1), (7,), _hook('LoggerHook', 'interval')
    ),
    'default_hooks.checkpoint.interval': Field(
        _whole(1), (7,), _hook('SafeCheckpointHook', 'interval')
    ),
    'custom_hooks.1.allow_unchecked': _flag(_hook('LeakCheckHook', 'allow_unchecked')),
    'randomness.seed': Field(_or_none(_whole(0)), (7,), attrgetter('seed')),
    'randomness.deterministic': _flag(attrgetter('deterministic')),
    'test_cfg.max_gib': Field(
        _above_0_or_endless, (0.5, INF), attrgetter('test_loop.max_gib'), 'test'
    ),
    'test_cfg.batch_size': Field(
        _or_none(_whole(1)), (2,), attrgetter('test_loop.batch_size'), 'test'
    ),
    f'{_MODEL}.arithmetic.precision': Field(
        _one_of('float32', 'bfloat16'),
        ('bfloat16',),
        attrgetter(f'{_MODEL}.arithmetic.precision'),
        'test',
    ),
    f'{_MODEL}.fine_tuning.steps': Field(
        _whole(0), (3,), attrgetter(f'{_MODEL}.fine_tuning.steps'), 'test'
    ),
    'test_evaluator.void': Field(
        _one_of('ignore', 'background'),
        ('background',),
        lambda r: r.test_evaluator.metrics[0].void,
        'test',
    ),
}
