"""The configs that a benchmark compares, from its command line."""

from __future__ import annotations

import copy
from argparse import Namespace

from mmengine.config import Config

from fss_mm.apis import check_config
from fss_mm.engine.work_folder import find_checkpoint
from fss_mm.utils.config_options import load_config, merge_options

OWN = dict(eval='encode once') | dict.fromkeys(
    ('train', 'query', 'predict'), 'as configured'
)


def prepared(args: Namespace) -> Config:
    """The config with the command line's options."""
    cfg = load_config(args)
    check_config(cfg, args.cfg_options, ('model', 'test_dataloader'))
    if args.checkpoint is not None:
        args.checkpoint = str(find_checkpoint(args.checkpoint))
    arithmetic = dict(cfg.model.get('arithmetic') or {})
    if args.precision is not None:
        arithmetic['precision'] = args.precision
    if args.channels_last:
        arithmetic['channels_last'] = True
    cfg.model.arithmetic = arithmetic
    if args.mode == 'train':
        if args.shot is not None:
            cfg.train_dataloader.dataset.num_shots = args.shot
        if arithmetic.get('precision') == 'float16':
            cfg.optim_wrapper.type = 'AmpOptimWrapper'  # it scales the loss
        return cfg
    if cfg.test_cfg.get('type') != 'EncodeOnceTestLoop':
        cfg.test_cfg = dict(type='EncodeOnceTestLoop')
    if args.max_gib is not None:
        cfg.test_cfg.max_gib = args.max_gib
    sampler = cfg.test_dataloader.sampler
    sampler.num_episodes = args.num_episodes or sampler.get('num_episodes', 1000)
    sampler.seeds = args.seeds or sampler.get('seeds', [0])
    return cfg


def compared(cfg: Config, args: Namespace) -> dict[str, Config]:
    """The config itself, and what it is compared with, by name."""
    found = {OWN[args.mode]: cfg}
    for name in args.against:
        found[name] = other = copy.deepcopy(cfg)
        if name == 'float32':
            other.model.arithmetic.precision = 'float32'
        elif args.mode == 'eval':
            other.test_cfg = dict(type='TestLoop')
            other.model.arithmetic.precision = 'float32'
        elif args.mode == 'train':
            other.model.update(arithmetic=None, feature_bank=None)
        if args.mode == 'train':
            other.optim_wrapper.type = 'OptimWrapper'
    if args.against_cfg_options:
        options = args.against_cfg_options
        other = copy.deepcopy(cfg)
        merge_options(other, options, '--against-cfg-options')
        check_config(other, options)
        found[' '.join(f'{key}={value}' for key, value in options.items())] = other
    return found


def precision_of(cfg: Config) -> str:
    """What a config's model computes in."""
    return (cfg.model.get('arithmetic') or {}).get('precision', 'float32')
