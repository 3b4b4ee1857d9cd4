"""What all analyses share: their options, the config they ask for, their files."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..options import add_config_arguments, add_protocol_arguments, at_least
from ..short_names import short_names

if TYPE_CHECKING:
    from mmengine.config import Config

    from fss_mm.analysis.result import AnalysisResult
    from fss_mm.analysis.subject import Subject


def add_analysis_arguments(
    parser: ArgumentParser, unit: str = 'episodes', default: int = 1000
) -> None:
    """Add the arguments that all analyses share.

    Args:
        parser (ArgumentParser): Of an analysis.
        unit (str): What is counted, 'episodes' or 'pairs': ``--num-episodes``, which
            is ``args.count``.
        default (int): How many of them.
    """
    parser.add_argument('config', help='config file, or its name')
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help='weights, or a work folder: its best ones; not for methods without '
        'training',
    )
    parser.add_argument(
        f'--num-{unit}',
        dest='count',
        type=at_least(1),
        default=default,
        help=f'default: {default}',
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='list of episodes (default: 0)'
    )
    add_result_arguments(parser)
    add_protocol_arguments(parser, several=False)
    add_config_arguments(parser)


def add_result_arguments(parser: ArgumentParser) -> None:
    """Add where a result goes."""
    parser.add_argument(
        '--out', type=Path, default=Path('analyses'), help='folder (default: analyses)'
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='replace a former result of this name'
    )


def add_levels_argument(parser: ArgumentParser) -> None:
    """Add ``--levels``."""
    parser.add_argument(
        '--levels',
        type=int,
        nargs='+',
        help="of the backbone, from 0; by default those of the config's head, else all",
    )


def add_models_argument(parser: ArgumentParser) -> None:
    """Add ``--also``: further models, measured side by side on the same episodes."""
    parser.add_argument(
        '--also',
        nargs='+',
        action='append',
        default=[],
        metavar='CONFIG [CHECKPOINT]',
        help='another model, measured on the same episodes; again for more',
    )


def models_of(args: Namespace) -> dict[str, tuple[str, str | None]]:
    """The models of a command line, by a short name: config and checkpoint.

    Raises:
        ValueError: If ``--also`` has more than two words.
    """
    found = [(args.config, args.checkpoint)]
    for words in getattr(args, 'also', []):
        if len(words) > 2:
            raise ValueError(
                f'--also {" ".join(words)}: expected a config and perhaps its weights'
            )
        found.append((words[0], words[1] if len(words) == 2 else None))
    configs = list(dict.fromkeys(config for config, _ in found))
    short = {config: name for name, config in short_names(configs).items()}
    names: dict[str, tuple[str, str | None]] = {}
    for config, checkpoint in found:
        name, number = short[config], 1
        while name in names:  # the same config with other weights
            number += 1
            name = f'{short[config]}_{number}'
        names[name] = (config, checkpoint)
    return names


def config_of(
    args: Namespace, config: str | None = None, encoder_alone: bool = False
) -> Config:
    """A config with the one list of episodes that the command line asks for.

    Args:
        args (Namespace): Of an analysis.
        config (str, optional): Of a further model. Defaults to None: the first one's.
        encoder_alone (bool): The config need not say more than a backbone and the data
            of a test. Defaults to False.

    Raises:
        ValueError: If it cannot be tested as it is asked for.
    """
    from mmengine.config import Config

    from fss_mm.apis import check_config
    from fss_mm.protocols import plan_tests, write_tests
    from fss_mm.utils.config_options import load_config, write_options

    own = Namespace(**vars(args) | dict(config=config or args.config))
    cfg, needs = load_config(own), ['model', 'test_dataloader', 'test_evaluator']
    if encoder_alone:
        needs.remove('test_evaluator')
        cfg.setdefault('test_evaluator', dict(type='FewShotIoUMetric'))
    whole = not encoder_alone or 'decode_head' in (cfg.get('model') or {})
    checked = cfg if whole else Config({k: v for k, v in cfg.items() if k != 'model'})
    check_config(checked, args.cfg_options, needs[0 if whole else 1 :])
    write = partial(write_options, args=own)
    protocols = [] if args.protocol is None else [args.protocol]
    tests = plan_tests(cfg, protocols, args.pair_lists, write)
    for test in tests.values():
        test.loader.sampler.update(seeds=[args.seed], num_episodes=args.count)
    write_tests(cfg, tests)
    return cfg


def require_place(args: Namespace) -> None:
    """Check, before anything is measured, that the result replaces none.

    Raises:
        OSError: If one is there.
    """
    from fss_mm.analysis.result import require_free

    require_free(args.out, args.analysis.replace('-', '_'), args.overwrite)


def subject_of(args: Namespace) -> Subject:
    """The model of a command line, with its episodes."""
    from fss_mm.analysis.subject import open_subject

    return open_subject(config_of(args), args.checkpoint)


def subjects_of(args: Namespace) -> Iterator[tuple[str, Subject]]:
    """Those of ``--also`` as well, by their names, one opened behind the other.

    Raises:
        ValueError: If a model's episodes are not those of the first one.
    """
    from fss_mm.analysis.qualitative import require_same_episodes
    from fss_mm.analysis.subject import open_subject

    facts = {}
    for name, (config, checkpoint) in models_of(args).items():
        subject = open_subject(config_of(args, config), checkpoint)
        facts[name] = subject.facts
        require_same_episodes(facts)
        yield name, subject


def conclude(args: Namespace, result: AnalysisResult) -> None:
    """Print a result and write its files."""
    from fss_mm.analysis.result import write_result

    paths = write_result(args.out, result)
    print(result.text(), '', ', '.join(map(str, paths)), sep='\n')
