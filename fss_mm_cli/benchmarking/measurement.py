"""What was measured of one run, and how it is told: numbers, tables, JSON."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from fss_mm.evaluation.markdown import markdown_table

from .stage_timer import REST, StageTimer


@dataclass(frozen=True)
class Measurement:
    """One run of a config.

    Args:
        name (str): What it is called in tables.
        precision (str): What it computes in.
        episodes (int): How many were run.
        whole (int): How many the run stands for: where fewer were run, the total is
            their rate times this number.
        images (int): That were encoded.
        seconds (dict[str, float]): By stage, with 'rest'.
        flops (dict[str, int]): By stage.
        cpu_seconds (float): Of all threads.
        convolution (float): FLOP/s of a large convolution, in between.
        convolution_best (float): The same at the best moment.
        peak_memory (int): Bytes.
    """

    name: str
    precision: str
    episodes: int
    whole: int
    images: int
    seconds: dict[str, float]
    flops: dict[str, int]
    cpu_seconds: float
    convolution: float
    convolution_best: float
    peak_memory: int

    @classmethod
    def of(cls, timer: StageTimer, stages: Sequence[str], **facts) -> Measurement:
        """What a timer has found, with the stages in this order."""
        names = (*stages, REST)
        return cls(
            seconds={name: timer.seconds.get(name, 0.0) for name in names},
            flops={name: timer.flops.get(name, 0) for name in names},
            cpu_seconds=timer.cpu_seconds,
            convolution=timer.probe.mean,
            convolution_best=timer.probe.best,
            **facts,
        )

    @property
    def total(self) -> float:
        """Seconds of what was run."""
        return sum(self.seconds.values())

    @property
    def whole_seconds(self) -> float:
        """Seconds of what the run stands for."""
        return self.total * self.whole / self.episodes

    def to_dict(self) -> dict:
        """All figures, for JSON."""
        flops = sum(self.flops.values())
        return dict(
            name=self.name,
            precision=self.precision,
            episodes=self.episodes,
            of_episodes=self.whole,
            seconds=self.total,
            whole_seconds=self.whole_seconds,
            cpu_seconds=self.cpu_seconds,
            episodes_per_second=self.episodes / self.total,
            images=self.images,
            images_per_second=self.images / self.total,
            peak_memory_mib=self.peak_memory / 2**20,
            convolution_gflops=self.convolution / 1e9,
            convolution_best_gflops=self.convolution_best / 1e9,
            **self._arithmetic(flops, self.total),
            stages={name: self._stage(name) for name in self.seconds},
        )

    def _stage(self, name: str) -> dict:
        seconds = self.seconds[name]
        own = self._arithmetic(self.flops[name], seconds)
        return dict(seconds=seconds, share=seconds / self.total, **own)

    def _arithmetic(self, flops: int, seconds: float) -> dict:
        rate = flops / seconds if seconds else 0.0
        share = rate / self.convolution
        return dict(gflop=flops / 1e9, gflops=rate / 1e9, of_convolution=share)


def format_runs(runs: Sequence[Measurement]) -> str:
    """A line for each run, then the stages of each."""
    header = ('run', 'episodes', 's', 'episodes/s', 'images', 'images/s',
              'GFLOP/s', 'of conv.', 'peak MiB')  # fmt: skip
    found = [run.to_dict() for run in runs]
    rows = [
        [
            x['name'],
            str(x['of_episodes']),
            f'{x["whole_seconds"]:.1f}',
            f'{x["episodes_per_second"]:.3g}',
            f'{x["images"] * x["of_episodes"] / x["episodes"]:.0f}',
            f'{x["images_per_second"]:.3g}',
            f'{x["gflops"]:.4g}',
            f'{x["of_convolution"]:.0%}',
            f'{x["peak_memory_mib"]:.0f}',
        ]
        for x in found
    ]
    return '\n\n'.join([markdown_table(header, rows), *map(format_stages, runs)])


def format_stages(run: Measurement) -> str:
    """Where the time of a run goes."""
    header = (run.name, 'ms an episode', 'share', 'GFLOP an episode', 'GFLOP/s',
              'of conv.')  # fmt: skip
    rows = [
        [
            name,
            f'{1e3 * x["seconds"] / run.episodes:.2f}',
            f'{x["share"]:.1%}',
            f'{x["gflop"] / run.episodes:.4g}',
            f'{x["gflops"]:.4g}',
            f'{x["of_convolution"]:.0%}',
        ]
        for name, x in run.to_dict()['stages'].items()
    ]
    return markdown_table(header, rows)


def tell(runs: Sequence[Measurement], in_turn: Collection[str]) -> tuple[dict, str]:
    """Runs for JSON and as text, with the ratios of the first to the others.

    Args:
        runs (Sequence[Measurement]): The config's own first.
        in_turn (Collection[str]): Names of those that took turns with it. The others
            had the machine at another time, when it may have been slower or faster.
    """
    first, *others = runs
    speeds = relative_speeds(runs)
    ratios = {run.name: times_as_fast(first, run) for run in others}
    for name in ratios.keys() - set(in_turn):
        speed = speeds[name] / speeds[first.name]
        ratios[name]['time_at_equal_speed'] = ratios[name]['time'] * speed
    lines = [format_ratio(first.name, name, ratio) for name, ratio in ratios.items()]
    lines += [
        f'of conv.: share of what a large 3 x 3 convolution reaches, every two seconds '
        f'of the same run: {x.convolution / 1e9:.0f} GFLOP/s in {x.name} '
        f'({x.precision}, {x.convolution_best / 1e9:.0f} at best)'
        for x in runs
    ]
    found = dict(runs=[run.to_dict() for run in runs], ratios=ratios)
    return found, '\n'.join([format_runs(runs), '', *lines])


def format_ratio(name: str, other: str, ratio: dict[str, float]) -> str:
    """How much faster, in a sentence."""
    text = (
        f'{name} is {ratio["time"]:.2f} times as fast as {other}, and takes '
        f'{ratio["cpu_time"]:.2f} times less time of the processor'
    )
    if 'time_at_equal_speed' in ratio:
        text += f' ({ratio["time_at_equal_speed"]:.2f} on a machine of equal speed)'
    return text


def relative_speeds(runs: Sequence[Measurement]) -> dict[str, float]:
    """How fast the machine was in each run, 1 where at its best in that precision."""
    best: dict[str, float] = {}
    for run in runs:
        known = best.get(run.precision, 0.0)
        best[run.precision] = max(known, run.convolution_best)
    return {run.name: run.convolution / best[run.precision] for run in runs}


def times_as_fast(run: Measurement, other: Measurement) -> dict[str, float]:
    """Ratios of what an episode takes, by the clock and of the processor."""
    time = other.total / other.episodes / (run.total / run.episodes)
    cpu = other.cpu_seconds / other.episodes / (run.cpu_seconds / run.episodes)
    return dict(time=time, cpu_time=cpu)
