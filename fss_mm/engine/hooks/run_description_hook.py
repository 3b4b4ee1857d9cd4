"""Say at the start of a run what it runs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop
from torch import nn
from torch.utils.data import DataLoader, Dataset

from ...registry import HOOKS
from ...utils.distributed import unwrapped
from ...utils.text import shorten

_ENCODERS = 'backbone', 'support_backbone'


@HOOKS.register_module()
class RunDescriptionHook(Hook):
    """Log the config, the data, the held-out classes and the weights of a run.

    :class:`~fss_mm.engine.FewShotRunner` registers it by itself.
    """

    priority = 'VERY_HIGH'

    def before_run(self, runner) -> None:
        """Log a few lines; loops and their data are built by now."""
        config = runner.cfg.filename or 'of a program'
        lines = [f'config: {config}; log: {_log_file(runner)}']
        for part in ('train', 'val', 'test'):
            loop = getattr(runner, f'_{part}_loop')
            if isinstance(loop, BaseLoop):
                lines += describe_loader(part, loop.dataloader, runner.world_size)
        lines.append(
            f'weights: {describe_weights(runner.cfg, unwrapped(runner.model))}'
        )
        for line in lines:
            runner.logger.info(line)
        for line in remarks(runner.cfg):
            runner.logger.warning(line)

    def before_train(self, runner) -> None:
        """Say it where a training that is resumed has nothing left to do."""
        loop = runner.train_loop
        if loop.iter >= loop.max_iters:
            runner.logger.warning(
                f'training is complete: {loop.iter} of {loop.max_iters} iterations are '
                'done; a larger train_cfg.max_iters (or max_epochs) goes on'
            )


def _log_file(runner) -> str:
    return str(Path(runner.log_dir) / f'{runner.timestamp}.log')


def describe_loader(part: str, loader: DataLoader, world_size: int) -> Iterator[str]:
    """What episodes are drawn from, a line for each data set."""
    datasets = getattr(loader.dataset, 'datasets', None)
    several = datasets if isinstance(datasets, Mapping) else {'': loader.dataset}
    for name, dataset in several.items():
        yield f'{part}{name and f" ({name})"}: {describe_dataset(dataset)}'
    if part == 'train':
        alone = not getattr(loader.sampler, 'with_supports', True)
        size = f'{loader.batch_size} {"images" if alone else "episodes"} a batch'
        yield f'train: {size}' + f', on each of {world_size} processes' * (
            world_size > 1
        )
    else:
        yield f'{part}: {describe_episodes(loader.sampler)}'


def describe_dataset(dataset: Dataset) -> str:
    """Kind, fold, images, pairs and classes of a data set."""
    kind = type(dataset).__name__
    if not hasattr(dataset, 'candidates'):
        return f'{kind}, {len(dataset)} items'
    candidates, fold = dataset.candidates, getattr(dataset, 'fold', None)
    names = list(candidates.class_names.values())
    images = np.unique(np.concatenate([[], *candidates.images.values()]))
    held_out = ' held-out' if getattr(dataset, 'test_mode', False) else ''
    fold = '' if fold is None else f', fold {fold}'
    return (
        f'{kind}{fold}, {len(images):,} images, {len(candidates.pairs):,} (image, '
        f'class) pairs of {len(names)}{held_out} classes ({shorten(names)}), '
        f'{getattr(dataset, "num_shots", 1)}-shot'
    )


def describe_episodes(sampler: object) -> str:
    """How many episodes a test has, over all processes."""
    number, seeds = (getattr(sampler, n, None) for n in ('num_episodes', 'seeds'))
    if number is None:
        return f'{len(sampler)} episodes on each process'
    several = f' of each of the seeds {list(seeds)}' if seeds is not None else ''
    return f'{number} episodes{several}'


def remarks(cfg: Mapping) -> Iterator[str]:
    """What a config's makers noted, and where its tests are not as their protocols."""
    yield from cfg.get('notes') or ()
    for name, rules in (cfg.get('tests') or {}).items():
        for deviation in rules.get('deviations', ()):
            yield f'test ({name}): {deviation}'


def describe_weights(cfg: Mapping, model: nn.Module) -> str:
    """Where a model's first weights are from.

    Args:
        cfg (Mapping): A whole experiment.
        model (nn.Module): Built from it; it knows what the config leaves open.
    """
    given = cfg.get('load_from')
    if given is not None:
        return (
            f'{given}, with the state of its training' * bool(cfg.get('resume'))
            or given
        )
    encoders = [getattr(model, name, None) for name in _ENCODERS]
    # also encoders in a wrapper, such as PositionalDebias
    parts = [part for one in encoders if one is not None for part in one.modules()]
    known = [*dict.fromkeys(source for part in parts for source in _sources(part))]
    if not known:
        return 'random ones'
    return f'random ones, but of the backbone {" and ".join(known)}'


def _sources(part: nn.Module) -> Iterator[str]:
    """Where a part of an encoder has its weights from, if it says so."""
    weights = getattr(part, 'weights', None)
    if isinstance(weights, str):
        yield f'{weights} ({part.name})'
    given = getattr(part, 'init_cfg', None) or ()
    for how in (given,) if isinstance(given, Mapping) else given:
        if checkpoint := how.get('checkpoint'):
            yield str(checkpoint)
