"""What was measured of one run, and how it is told: numbers, tables, JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stage_timer import REST, StageTimer

from fss_mm.evaluation.markdown import markdown_table


@dataclass(frozen=True)
class Measurement:
    """One run of a config.

    Args:
        name (str): What it is called in tables.
        episodes (int): How many were run.
        whole (int): How many the run stands for: where fewer were run, the total is
            their rate times this number.
        images (int): That were encoded.
        seconds (dict[str, float]): By stage, with 'rest'.
        flops (dict[str, int]): By stage.
        cpu_seconds (float): Of all threads.
        peak_memory (int): Bytes.
        convolution_peak (float): FLOP/s of this machine in the run's precision.
    """

    name: str
    episodes: int
    whole: int
    images: int
    seconds: dict[str, float]
    flops: dict[str, int]
    cpu_seconds: float
    peak_memory: int
    convolution_peak: float

    @classmethod
    def of(cls, timer: StageTimer, stages: Sequence[str], **facts) -> Measurement:
        """What a timer has found, with the stages in this order."""
        names = (*stages, REST)
        return cls(
            seconds={name: timer.seconds.get(name, 0.0) for name in names},
            flops={name: timer.flops.get(name, 0) for name in names},
            cpu_seconds=timer.cpu_seconds,
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

    def times_as_fast_as(self, other: Measurement) -> dict[str, float]:
        """Ratios of the time for an episode, by the clock and of the processor."""
        ours, theirs = 1 / self.episodes, 1 / other.episodes
        return dict(
            time=other.total * theirs / (self.total * ours),
            cpu_time=other.cpu_seconds * theirs / (self.cpu_seconds * ours),
        )

    def to_dict(self) -> dict:
        """All figures, for JSON."""
        flops = sum(self.flops.values())
        return dict(
            name=self.name,
            episodes=self.episodes,
            of_episodes=self.whole,
            seconds=self.total,
            whole_seconds=self.whole_seconds,
            cpu_seconds=self.cpu_seconds,
            episodes_per_second=self.episodes / self.total,
            images=self.images,
            images_per_second=self.images / self.total,
            peak_memory_mib=self.peak_memory / 2**20,
            convolution_peak_gflops=self.convolution_peak / 1e9,
            **self._arithmetic(flops, self.total),
            stages={name: self._stage(name) for name in self.seconds},
        )

    def _stage(self, name: str) -> dict:
        seconds = self.seconds[name]
        own = self._arithmetic(self.flops[name], seconds)
        return dict(seconds=seconds, share=seconds / self.total, **own)

    def _arithmetic(self, flops: int, seconds: float) -> dict:
        rate = flops / seconds if seconds else 0.0
        of_peak = rate / self.convolution_peak
        return dict(gflop=flops / 1e9, gflops=rate / 1e9, of_peak=of_peak)


def format_runs(runs: Sequence[Measurement]) -> str:
    """A line for each run, then the stages of each."""
    header = ('run', 'episodes', 's', 'episodes/s', 'images', 'images/s',
              'GFLOP/s', 'of peak', 'peak MiB')  # fmt: skip
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
            f'{x["of_peak"]:.0%}',
            f'{x["peak_memory_mib"]:.0f}',
        ]
        for x in found
    ]
    return '\n\n'.join([markdown_table(header, rows), *map(format_stages, runs)])


def format_stages(run: Measurement) -> str:
    """Where the time of a run goes."""
    header = (run.name, 'ms an episode', 'share', 'GFLOP an episode', 'GFLOP/s',
              'of peak')  # fmt: skip
    rows = [
        [
            name,
            f'{1e3 * x["seconds"] / run.episodes:.2f}',
            f'{x["share"]:.1%}',
            f'{x["gflop"] / run.episodes:.4g}',
            f'{x["gflops"]:.4g}',
            f'{x["of_peak"]:.0%}',
        ]
        for name, x in run.to_dict()['stages'].items()
    ]
    return markdown_table(header, rows)


def tell(runs: Sequence[Measurement]) -> tuple[dict, str]:
    """Runs for JSON and as text, with the ratios of the first to the others."""
    first, *others = runs
    ratios = {run.name: first.times_as_fast_as(run) for run in others}
    lines = [
        f'{first.name} is {x["time"]:.2f} times as fast as {other} '
        f'(time of the processor: {x["cpu_time"]:.2f})'
        for other, x in ratios.items()
    ]
    text = '\n\n'.join(filter(None, [format_runs(runs), '\n'.join(lines)]))
    return dict(runs=[run.to_dict() for run in runs], ratios=ratios), text
