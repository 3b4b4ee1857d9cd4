"""How much of a config's schedule and lists is run.

``full`` is the config's own. ``short`` is a tenth of its iterations and one list of 200
episodes, ``smoke`` some steps that show whether everything works: no figure of it says
anything of a method.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from mmengine.config import Config

from .kinds import BUDGETS

FEWEST = 200  # iterations of a short training, where its own are more


@dataclass(frozen=True)
class Budget:
    """What is run.

    Args:
        name (str): Of :data:`.kinds.BUDGETS`.
        share (float, optional): Of a training's length. Defaults to None: all of it.
        iterations (int, optional): Of a training, whatever its own. Defaults to None.
        validated (int, optional): Episodes of a validation. Defaults to None: its own.
        episodes (int, optional): Of a list of the test, of which there is one then.
            Defaults to None: its own lists.
    """

    name: str
    share: float | None = None
    iterations: int | None = None
    validated: int | None = None
    episodes: int | None = None

    @property
    def lists(self) -> dict[str, object]:
        """Of the test, as ``num_episodes`` and ``episode_seeds``; {}: the configs'."""
        if self.episodes is None:
            return {}
        return dict(num_episodes=self.episodes, episode_seeds=[0])

    def text(self, lists: Mapping[str, object] = {}) -> str:
        """What it is, for plans and results.

        Args:
            lists (Mapping[str, object]): ``num_episodes`` and ``episode_seeds`` that
                are asked for instead of its own. Defaults to none.
        """
        told = _lists_text(**self.lists | lists)
        if self.name == 'full':
            both = f', {told}' if told else ' and lists'
            return f"full: the configs' own schedules{both}"
        length = f'{self.iterations} iterations'
        if self.iterations is None:
            length = f'{100 * self.share:.0f} % of the iterations'
        return f'{self.name}: {length}, {told}'


def _lists_text(
    num_episodes: int | None = None, episode_seeds: Sequence[int] | None = None
) -> str:
    seeds, parts = episode_seeds or (), []
    if num_episodes:
        parts.append(f'of {num_episodes} episodes')
    if seeds:
        parts.append(f'of seed{"s" * (len(seeds) > 1)} {", ".join(map(str, seeds))}')
    return f'lists {", ".join(parts)}' if parts else ''


_ALL = (
    Budget('full'),
    Budget('short', share=0.1, validated=100, episodes=200),
    Budget('smoke', iterations=20, validated=10, episodes=20),
)
BUDGET_OF = dict(zip(BUDGETS, _ALL))


def apply_budget(cfg: Config, budget: Budget) -> None:
    """Write a budget into a config, schedulers and validation in proportion.

    Args:
        cfg (Config): Of an experiment; changed in place.
        budget (Budget): How much of it.
    """
    if budget.validated is not None and cfg.get('val_dataloader'):
        cfg.val_dataloader.sampler.num_episodes = budget.validated
    loop = cfg.get('train_cfg')
    if loop is None or budget.name == 'full':
        return
    if budget.iterations is not None and 'max_epochs' in loop:
        # a length in iterations; epochs of papers run at a constant rate
        loop = dict(type='IterBasedTrainLoop', max_iters=budget.iterations)
        cfg.train_cfg = dict(**loop, val_interval=budget.iterations)
        return
    if 'max_epochs' in loop:
        loop.max_epochs *= budget.share
        loop.val_interval = max(1, int(loop.val_interval * budget.share))
        _shorten_schedulers(cfg, budget.share)
        return
    own = loop.max_iters
    wanted = budget.iterations or max(int(own * budget.share), FEWEST)
    _shorten(cfg, min(own, wanted) / own)
    if budget.iterations is not None:
        loop.val_interval = loop.max_iters  # one validation, at the end


def _shorten(cfg: Config, share: float) -> None:
    loop = cfg.train_cfg
    for key in ('max_iters', 'val_interval'):
        loop[key] = max(1, round(loop[key] * share))
    _shorten_schedulers(cfg, share)


def _shorten_schedulers(cfg: Config, share: float) -> None:
    given = cfg.get('param_scheduler') or ()
    for scheduler in [given] if isinstance(given, Mapping) else given:
        _shorten_scheduler(scheduler, share)


def _shorten_scheduler(scheduler: MutableMapping, share: float) -> None:
    """Places and lengths in proportion, each at least a step behind the former."""
    begin = round(scheduler.get('begin', 0) * share)
    if 'begin' in scheduler:
        scheduler['begin'] = begin
    for key, least in dict(end=begin + 1, T_max=1, step_size=1).items():
        if key in scheduler:
            scheduler[key] = max(least, round(scheduler[key] * share))
    if 'milestones' in scheduler:
        found = [0]
        for place in sorted(scheduler['milestones']):
            found.append(max(found[-1] + 1, round(place * share)))
        scheduler['milestones'] = found[1:]
