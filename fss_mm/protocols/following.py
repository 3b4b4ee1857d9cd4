"""Write a protocol's fields into a config."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config

from .known_lists import list_deviations
from .protocol import Protocol


def follow_in_training(
    cfg: Config, protocol: Protocol, pair_lists: str | None = None
) -> None:
    """Let training and validation follow a protocol.

    Validation draws a list of its own (the config's seeds), so that a checkpoint is not
    chosen by the episodes that it is tested with.

    Args:
        cfg (Config): A whole experiment, changed in place.
        protocol (Protocol): For its data set.
        pair_lists (str, optional): Folder of published lists. Defaults to None.
    """
    parts = [('train_dataloader', 'train'), ('val_dataloader', 'val'),
             ('test_dataloader', 'test')]  # fmt: skip
    for loader, part in parts:
        if cfg.get(loader) is not None:
            fields = _data_fields(protocol, part, pair_lists)
            cfg[loader].dataset.update(fields)
    _note_lists(cfg, protocol)
    if cfg.get('val_dataloader') is not None:
        cfg.val_dataloader.sampler.draw = protocol.draw
        cfg.val_evaluator.update(protocol.scoring)
    if protocol.tests_training_images:
        for hook in cfg.get('custom_hooks', ()):
            if hook['type'] == 'LeakCheckHook':
                hook['allow_shared_images'] = True


def _note_lists(cfg: Config, protocol: Protocol) -> None:
    """Let the log say which lists of pairs are not the published ones."""
    found = []
    for loader, part in (('train_dataloader', 'train'), ('val_dataloader', 'test')):
        dataset = (cfg.get(loader) or {}).get('dataset') or {}
        if dataset.get('pair_list') is not None:
            where = dataset['pair_list'], dataset.get('fold')
            found += list_deviations(protocol, part, *where)
    if found:
        cfg.notes = list(dict.fromkeys([*cfg.get('notes', ()), *found]))


def follow_in_test(
    cfg: Config, protocol: Protocol, pair_lists: str | None = None
) -> None:
    """Let the test follow a protocol.

    Args:
        cfg (Config): A whole experiment, changed in place.
        protocol (Protocol): For its data set.
        pair_lists (str, optional): Folder of published lists. Defaults to None.
    """
    cfg.test_dataloader.dataset.update(_data_fields(protocol, 'test', pair_lists))
    cfg.test_dataloader.sampler.update(protocol.sampler)
    cfg.test_evaluator.update(protocol.scoring)


def _data_fields(protocol: Protocol, part: str, pair_lists: str | None) -> dict:
    fields = dict(getattr(protocol, part), protocol=protocol.name, pair_list=None)
    pattern = protocol.pair_lists.get('train' if part == 'train' else 'test')
    if pair_lists is None or pattern is None:
        return fields
    path = Path(pair_lists).absolute() / pattern
    return fields | dict(pair_list=str(path))
