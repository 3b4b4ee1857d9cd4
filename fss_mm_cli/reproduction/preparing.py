"""A row's config as it is run: its batch, the budget, the user's options."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from mmengine.config import Config

from fss_mm.utils.config_options import read_config, write_options
from fss_mm.utils.files import write_atomically
from fss_mm.utils.plain_config import plain_text

from .budgets import Budget, apply_budget
from .keys import code_key, config_key, data_key
from .runs import Prepared


def prepare(
    config: str, budget: Budget, options: Mapping[str, object], with_data: bool = True
) -> Prepared:
    """Read a config and write into it how it is run.

    A run is one process, so that its batch is the recipe's whole one
    (``auto_scale_lr.base_batch_size``). Checkpoints are as dense as validations, so
    that an interrupted training loses little.

    Args:
        config (str): Path or name.
        budget (Budget): How much of its schedule is run.
        options (Mapping[str, object]): Fields to override, above all else.
        with_data (bool): Whether the data have to be there. Defaults to True.

    Raises:
        FileNotFoundError: If there is no such config, or no data.
        ValueError: If it cannot be read, or an option names a place that cannot be.
    """
    cfg = read_config(config)
    base = (cfg.get('auto_scale_lr') or {}).get('base_batch_size')
    if base is not None and cfg.get('train_dataloader'):
        cfg.train_dataloader.batch_size = base
    apply_budget(cfg, budget)
    loop, hook = cfg.get('train_cfg'), cfg.default_hooks.get('checkpoint')
    if loop is not None and hook is not None:
        hook.interval = min(hook.get('interval', 1), loop.val_interval)
    write_options(cfg, Namespace(cfg_options=options, fold=None, shot=None))
    key = dict(config=config_key(cfg), code=code_key(cfg), data=_data(cfg, with_data))
    return Prepared(cfg, key)


def _data(cfg: Config, required: bool) -> str | None:
    try:
        return data_key(cfg)
    except FileNotFoundError:
        if required:
            raise
        return None


def write_config(cfg: Config, path: Path) -> str:
    """Write a config, all in one, into a run's folder; returns its path.

    The Runner writes what it has made of it over it: the two say the same.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    content = plain_text(cfg.to_dict()).encode()
    write_atomically(path, lambda file: file.write(content))
    return str(path)
