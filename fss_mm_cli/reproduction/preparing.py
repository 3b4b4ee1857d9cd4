"""A row's config as it is run: its batch, the budget, the user's options."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path

from mmengine.config import Config

from fss_mm.protocols import follow_in_training, load_protocol, require_pair_lists
from fss_mm.utils.config_options import read_config, write_options
from fss_mm.utils.files import write_atomically
from fss_mm.utils.plain_config import plain_text

from .budgets import Budget, apply_budget
from .keys import code_key, config_key, data_key, lists_key, protocol_key


def config_as_run(config: str, budget: Budget, options: Mapping[str, object]) -> Config:
    """Read a config and write into it how it is run.

    A run is one process, so that its batch is the recipe's whole one
    (``auto_scale_lr.base_batch_size``). Checkpoints are as dense as validations, so
    that an interrupted training loses little.

    Args:
        config (str): Path or name.
        budget (Budget): How much of its schedule is run.
        options (Mapping[str, object]): Fields to override, above all else.

    Raises:
        FileNotFoundError: If there is no such config.
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
    return cfg


def key_of(
    cfg: Config,
    with_data: bool = True,
    protocol: str | None = None,
    pair_lists: str | None = None,
) -> dict[str, object]:
    """What all runs of a config depend on.

    Args:
        cfg (Config): Of :func:`config_as_run`.
        with_data (bool): Whether the data have to be there. Defaults to True.
        protocol (str, optional): Name or file, of training and test. Defaults to None.
        pair_lists (str, optional): Folder of the lists of pairs that it names. Defaults
            to None.

    Returns:
        dict[str, object]: ``config``, ``code``, ``data`` (None where they are not
        there), ``protocol`` and, where they are given, ``pair_lists``.

    Raises:
        FileNotFoundError: If there are no data.
        ValueError: If the data cannot be used, or there is no such protocol for them,
            or no such lists.
    """
    key = dict(config=config_key(cfg), code=code_key(cfg), protocol=None)
    if protocol is None:
        require_pair_lists(pair_lists, [])
        return key | dict(data=_data(cfg, with_data))
    loader = cfg.get('test_dataloader') or cfg.train_dataloader
    rules = load_protocol(protocol, loader.dataset.type)
    require_pair_lists(pair_lists, [rules])
    key['protocol'] = protocol_key(rules)
    if pair_lists is not None:
        key['pair_lists'] = lists_key(pair_lists, rules)
    followed = deepcopy(cfg)
    follow_in_training(followed, rules)  # which images: those of its lists
    return key | dict(data=_data(followed, with_data))


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
