"""Draws the episodes of a loader, into a folder or a page."""

from __future__ import annotations

import inspect
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch.utils.data import Dataset, Sampler

from fss_mm.apis import check_config
from fss_mm.evaluation.empty_masks import (
    count_masks,
    describe_empty_masks,
    shown_pixels,
)
from fss_mm.protocols import follow_in_training, load_protocol, plan_tests, write_tests
from fss_mm.registry import DATA_SAMPLERS, DATASETS
from fss_mm.structures import Episode
from fss_mm.utils.config_options import load_config, write_options
from fss_mm.utils.files import write_atomically
from fss_mm.visualization import EpisodePicture, draw_or_explain, render_page


def is_page(out: Path) -> bool:
    """Whether to write a page instead of a folder."""
    return out.suffix.lower() in ('.html', '.htm')


def require_free(out: Path, overwrite: bool) -> None:
    """Check that nothing of the user's is in the way.

    Raises:
        FileExistsError: Saying what is.
    """
    if out.exists() and out.is_dir() == is_page(out):
        kind = 'folder' if out.is_dir() else 'file'
        raise FileExistsError(f'{out} is a {kind}; --out takes a folder or FILE.html')
    if overwrite or not out.exists():
        return
    if is_page(out) or any(out.iterdir()):
        what = 'exists' if is_page(out) else 'is not empty'
        raise FileExistsError(f'{out} {what}; choose another --out, or add --overwrite')


def follow(cfg: Config, args: Namespace) -> None:
    """Let the loader follow a protocol, as trainings and tests do."""
    if args.loader == 'test':
        write = partial(write_options, args=args)
        tests = plan_tests(cfg, [args.protocol], args.pair_lists, write)
        write_tests(cfg, tests)
    else:
        protocol = load_protocol(args.protocol, cfg.train_dataloader.dataset.type)
        follow_in_training(cfg, protocol, args.pair_lists)
        write_options(cfg, args)


def build(cfg: Config, args: Namespace) -> tuple[Dataset, Sampler]:
    """The loader's data set and sampler, as the Runner builds them.

    Raises:
        ValueError: If the config has no such loader.
    """
    loader = cfg.get(f'{args.loader}_dataloader')
    if loader is None:
        raise ValueError(f'{args.config} has no {args.loader}_dataloader')
    init_default_scope(cfg.get('default_scope') or 'fss_mm')
    dataset = DATASETS.build(loader.dataset)
    if args.seed is not None:
        several = 'seeds' in sampler_parameters(loader.sampler)
        loader.sampler.update(
            dict(seeds=[args.seed]) if several else dict(seed=args.seed)
        )
    seed = cfg.get('randomness', {}).get('seed')
    given = dict(dataset=dataset, seed=seed)
    return dataset, DATA_SAMPLERS.build(loader.sampler, default_args=given)


def sampler_parameters(sampler: dict) -> dict[str, inspect.Parameter]:
    """What the sampler of a config can be told."""
    return dict(inspect.signature(DATA_SAMPLERS.get(sampler['type'])).parameters)


def choose(sampler: Sampler, start: int, count: int) -> list[Episode]:
    """Some episodes of the sampler's list.

    Raises:
        ValueError: If the list ends before the first of them.
    """
    episodes = list(islice(sampler, start, start + count))
    if not episodes:
        raise ValueError(f'--start {start}: the list ends before it')
    return episodes


def channels_are_bgr(cfg: Config) -> bool:
    """Whether the loader's channels are those that the model's preprocessor flips."""
    model = cfg.get('model') or {}
    return model.get('data_preprocessor', {}).get('bgr_to_rgb', True)


def draw(
    dataset: Dataset, episodes: list[Episode], flip: bool
) -> Iterator[EpisodePicture]:
    """Draw each episode, and say of which that cannot be done."""
    for episode in episodes:
        picture = draw_or_explain(dataset, episode, flip)
        if picture.error:
            print(f'episode {episode.number} cannot be drawn: {picture.error}')
        yield picture


def write_folder(folder: Path, pictures: list[EpisodePicture]) -> None:
    """Write a file for each picture; an error is a picture of its text."""
    folder.mkdir(parents=True, exist_ok=True)
    for picture in pictures:
        data = picture.png()
        path = folder / picture.file_name
        write_atomically(path, lambda file, data=data: file.write(data))


def write_page(path: Path, conditions: dict, pictures: list[EpisodePicture]) -> None:
    """Write all pictures into one page."""
    title = f'{conditions["loader"]} episodes of {Path(conditions["config"]).name}'
    page = render_page(title, conditions, [picture.entry() for picture in pictures])
    path.parent.mkdir(parents=True, exist_ok=True)
    data = page.encode('utf-8', 'backslashreplace')  # names that are not UTF-8
    write_atomically(path, lambda file: file.write(data))


def count_empty_masks(dataset: Dataset, pictures: list[EpisodePicture]) -> str:
    """How many supports and queries show no pixel of their class, by class."""
    records = [
        dict(class_id=own.class_id, **shown_pixels(own.metainfo, own.class_pixels))
        for own in (picture.sample for picture in pictures)
        if own is not None
    ]
    counts = count_masks(records, dataset.metainfo['classes'])
    return describe_empty_masks(counts) or 'every support and query shows its class'


def describe(args: Namespace, cfg: Config, dataset: Dataset, sampler: Sampler) -> dict:
    """What the episodes are drawn from, and how."""
    options = cfg[f'{args.loader}_dataloader'].sampler
    draws = sampler_parameters(options).get('draw')
    return {
        'config': args.config,
        'loader': args.loader,
        'data set': f'{type(dataset).__name__}, {len(dataset)} (image, class) pairs',
        'fold': getattr(dataset, 'fold', None),
        'protocol': getattr(dataset, 'protocol', None),
        'sampler': type(sampler).__name__,
        'draw': options.get('draw', draws and draws.default),
    }


def browse(args: Namespace) -> None:
    """Draw.

    Args:
        args (Namespace): Of ``fss-mm browse``.

    Raises:
        FileExistsError: If something of the user's is in the way.
        ValueError: If the config has no such episodes.
    """
    require_free(args.out, args.overwrite)
    cfg = load_config(args)
    check_config(cfg, args.cfg_options)
    if args.protocol is not None:
        follow(cfg, args)
    dataset, sampler = build(cfg, args)
    episodes = choose(sampler, args.start, args.num_episodes)
    conditions = describe(args, cfg, dataset, sampler) | {
        'shots': episodes[0].num_shots,
        'seed': ', '.join(map(str, sorted({e.seed for e in episodes}))),
        'episodes': f'{args.start} to {args.start + len(episodes) - 1} of the list',
    }
    print('\n'.join(f'{name}: {value}' for name, value in conditions.items()))
    pictures = list(draw(dataset, episodes, channels_are_bgr(cfg)))
    if is_page(args.out):
        write_page(args.out, conditions, pictures)
    else:
        write_folder(args.out, pictures)
    print(count_empty_masks(dataset, pictures))
    failures = sum(picture.row is None for picture in pictures)
    print(f'{len(pictures) - failures} episodes in {args.out}, {failures} failures')
