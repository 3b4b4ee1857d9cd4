"""What both commands do with a table: plan it, run it, write what came out."""

from __future__ import annotations

import json
import signal
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from fss_mm.evaluation.report import plain
from fss_mm.utils.file_lock import one_at_a_time
from fss_mm.utils.files import write_atomically
from fss_mm.utils.text import counted

from .arithmetic import StepCost, step_cost
from .budgets import BUDGET_OF
from .calls import Call, LocalCalls, SlurmCalls
from .estimate import cost_text, estimate
from .kinds import CHECKPOINTS
from .ledger import Ledger
from .options import asked_lists
from .plan_text import plan_text, refusals
from .planning import folds_of, plan, prepared_configs
from .plot import draw
from .preparing import config_as_run, key_of
from .progress import showing
from .results import collect, one_test_a_row
from .running import Work, run_groups
from .runs import Group, Prepared, Setting
from .states import states_of
from .tables import Table
from .text import format_results


def run_table(
    table: Table, data: str, work_dir: Path, args: Namespace, call: Call | None = None
) -> int:
    """Plan a table, run what is to do, and write what is done.

    Args:
        table (Table): Of :mod:`.tables`, on its data set.
        data (str): Name of the data set; '' where rows are one's own.
        work_dir (Path): Of all results.
        args (Namespace): Of the command line; see :mod:`.options`.
        call (Call, optional): Runs a command. Defaults to None: as ``args`` says.

    Returns:
        int: Exit status.

    Raises:
        ValueError: If something was made by other code, configs or data, or somebody
            else works in the folder.
        ChildProcessError: If a run has failed; the others are done.
    """
    budget, options = BUDGET_OF[args.budget], args.cfg_options or {}
    configs = {c: config_as_run(c, budget, options) for c in prepared_configs(table)}
    table = replace(table, folds=folds_of(configs.values(), args.folds))
    needs = not (args.dry_run or args.table), args.protocol, args.pair_lists
    prepared = {c: Prepared(cfg, key_of(cfg, *needs)) for c, cfg in configs.items()}
    groups = plan(table, prepared, setting_of(table, work_dir, args))
    jobs = args.jobs or len(args.gpus or [0])
    if args.dry_run:
        ledger = Ledger(ledger_path(work_dir))
        states = states_of(groups, ledger, args.any_code, args.again)
        print(plan_text(table, data, args, groups, states))
        costs = _costs(groups, states, prepared)
        print(cost_text(costs, prepared, args.tflops))
        left = estimate(groups, states, prepared, ledger, costs)
        print(left.text(jobs, args.tflops))
        return 0
    with alone_in(work_dir) as lock, terminable():
        ledger = Ledger(ledger_path(work_dir))
        states = states_of(groups, ledger, args.any_code, args.again)
        if refused := refusals(states):
            more = f' ({counted(len(refused), "run")} in all)' * (len(refused) > 1)
            raise ValueError(f'{refused[0]}{more}')
        failures = []
        if not args.table:
            call = call or _call_of(args, jobs, work_dir, lock)
            failures = _run(groups, states, prepared, ledger, args, call, jobs)
            states = states_of(groups, ledger, args.any_code)
        _write(result_of(table, data, groups, states, args), table, work_dir)
    if failures:
        raise ChildProcessError('\n'.join(dict.fromkeys(failures)))
    return 0


def _costs(
    groups: Sequence[Group], states: Mapping[str, str], prepared: Mapping
) -> dict[str, StepCost | None]:
    """By config, of a step of each training that is to do."""
    trainings = [g.training for g in groups if g.training is not None]
    configs = {run.config for run in trainings if states[run.name] != 'done'}
    return {c: step_cost(p.config) for c, p in prepared.items() if c in configs}


def ledger_path(work_dir: Path) -> Path:
    """Where a folder's ledger lies."""
    return work_dir / 'runs.json'


def setting_of(table: Table, work_dir: Path, args: Namespace) -> Setting:
    """What the command line says of all runs."""
    words = [args.budget] * (args.budget != 'full')
    words += [Path(args.protocol).stem] if args.protocol else []
    return Setting(
        work_dir,
        table.folds,
        tuple(args.seeds),
        CHECKPOINTS[args.checkpoint or ('last' if args.budget == 'smoke' else 'both')],
        ''.join(f'_{word}' for word in words),
        dict(budget=args.budget),
        asked_lists(args),
    )


def _run(
    groups: Sequence[Group],
    states: Mapping[str, str],
    prepared: Mapping,
    ledger: Ledger,
    args: Namespace,
    call: Call,
    jobs: int,
) -> list[str]:
    """Run what is to do; a line for each failure."""
    todo = sum(state != 'done' for state in states.values())
    waiting = [g for g in groups if any(states[r.name] != 'done' for r in g.runs())]
    if args.slurm is not None:
        jobs = args.jobs or max(1, len(waiting))
    words = ['--protocol', args.protocol] if args.protocol else []
    words += ['--pair-lists', args.pair_lists] if args.pair_lists else []
    with showing(todo) as say:
        pictures = args.show_episodes
        work = Work(prepared, ledger, call, words, list_words(args), say, pictures)
        run_groups(waiting, states, work, jobs)
    return work.failures


def list_words(args: Namespace) -> list[str]:
    """Of `fss-mm test`: the lists of episodes that are asked for."""
    lists = BUDGET_OF[args.budget].lists | asked_lists(args)
    episodes, seeds = lists.get('num_episodes'), lists.get('episode_seeds')
    words = ['--num-episodes', str(episodes)] if episodes else []
    return words + (['--seeds', *map(str, seeds)] if seeds else [])


def _call_of(args: Namespace, jobs: int, work_dir: Path, lock: int | None) -> Call:
    if args.slurm is not None:
        return SlurmCalls(work_dir / 'slurm', args.slurm)
    return LocalCalls(jobs, args.gpus or (), lock)


@contextmanager
def alone_in(work_dir: Path) -> Iterator[int | None]:
    """Let nobody else work in a folder meanwhile.

    Yields:
        int | None: File descriptor of the lock. Processes that are given it hold the
        folder also where this one is killed.

    Raises:
        ValueError: If somebody does.
    """
    lock = one_at_a_time([work_dir / '.lock'], wait=False)
    try:
        handle = lock.__enter__()
    except BlockingIOError as error:
        raise ValueError(
            f'{str(work_dir)!r} is worked in by another process: wait for its end, or '
            'give another --work-dir'
        ) from error
    try:
        yield handle
    finally:
        lock.__exit__(None, None, None)


@contextmanager
def terminable() -> Iterator[None]:
    """Take a request to end as an interrupt, so that running processes are ended."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def result_of(
    table: Table,
    data: str,
    groups: Sequence[Group],
    states: Mapping[str, str],
    args: Namespace,
) -> dict:
    """All that a table's text, picture and JSON file are made of."""
    done = [r for g in groups for r in g.tests if states[r.name] == 'done']
    return dict(
        table=table.name,
        title=table.title,
        data=data,
        published_on=table.data,
        same_data=data == table.data,
        budget=BUDGET_OF[args.budget].text(asked_lists(args)),
        lists=asked_lists(args),
        protocol=args.protocol,
        options=dict(args.cfg_options or {}),
        seeds=list(args.seeds),
        folds=list(table.folds),
        one_test_a_row=one_test_a_row(table),
        left_out=list(table.left_out),
        codes=sorted({str(r.key['code']) for r in done}),
        lines=collect(table, groups, states),
    )


def _write(result: dict, table: Table, work_dir: Path) -> None:
    """Print the table, and write it as Markdown, JSON and a picture."""
    text, stem = format_results(result), table.name.replace('/', '_')
    print(f'\n{text}')
    if not result['lines']:
        return
    files = {
        '.md': text.encode(),
        '.json': (json.dumps(plain(result), indent=1) + '\n').encode(),
    }
    for suffix, content in files.items():
        write_atomically(
            work_dir / f'{stem}{suffix}', lambda file, own=content: file.write(own)
        )
    draw(result, work_dir / f'{stem}.png')
    print(f'written: {work_dir / stem}.md, .json and .png')
