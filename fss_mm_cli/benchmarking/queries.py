"""Latency of a query against stored classes, and of representing a class."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from itertools import islice

import numpy as np
import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch import Tensor

from fss_mm.evaluation.markdown import markdown_table
from fss_mm.inference.opening import load_weights
from fss_mm.models import largest_images
from fss_mm.registry import MODELS
from fss_mm.structures import ClassRepresentation, QueryFeatures, cat_records

from .configs import precision_of
from .machine import ConvolutionProbe, wait_for
from .stage_timer import count_flops

Classes = list[ClassRepresentation]  # a value for each test scale


class QueryLatency:
    """A model with classes of a test's first episodes.

    Images are on the device and normalised: reading files is not part of it.

    Args:
        cfg (Config): A whole experiment; it is not changed.
        num_classes (int): Classes to store at most, one of each episode.
        checkpoint (str, optional): Weights. Defaults to None: random ones.
    """

    def __init__(
        self, cfg: Config, num_classes: int, checkpoint: str | None = None
    ) -> None:
        init_default_scope(cfg.default_scope)
        self.device = torch.device(get_device())
        self.model = MODELS.build(cfg.model).to(self.device).eval()
        if checkpoint is not None:
            load_weights(self.model, checkpoint)
        self.model.require_shots(cfg.test_dataloader.dataset.get('num_shots', 1))
        loader = Runner.build_dataloader(dict(cfg.test_dataloader, batch_size=1))
        batches = [*islice(loader, num_classes)]
        if len(batches) < num_classes:
            raise ValueError(
                f'--classes {num_classes}: the test has {len(batches)} episodes'
            )
        self.probe = ConvolutionProbe(self.device, precision_of(cfg))
        self.batches = [self.model.data_preprocessor(batch) for batch in batches]

    @torch.inference_mode()
    def measure(self, name: str, classes: list[int], repetitions: int) -> dict:
        """Milliseconds of each operation, median and 90th percentile."""
        stored = [self.represent(i) for i in range(max(classes))]
        jobs: dict[str, Callable] = {'represent a class': lambda: self.represent(0)}
        for number in classes:
            known = [cat_records(parts) for parts in zip(*stored[:number])]
            label = f'a query, {number} stored {"class" if number == 1 else "classes"}'
            jobs[label] = lambda known=known: self.answer(known)
        jobs['a query with its supports, 1 class'] = self.predict
        with self.model.autocast():
            found = {k: self._latency(job, repetitions) for k, job in jobs.items()}
        return dict(
            name=name, convolution_gflops=self.probe.mean / 1e9, operations=found
        )

    def represent(self, place: int) -> Classes:
        """A class from the supports of an episode."""
        data = self.batches[place]
        inputs = {k: data['inputs'][k] for k in ('support', 'support_mask')}
        seeds = [sample.support_set_seed for sample in data['data_samples']]
        model, found = self.model, []
        with model.autocast():
            for scale in model.test_scales:
                _, supports = model.encode_at(scale, inputs)
                found.append(model.represent(model.describe_supports(supports), seeds))
        return found

    def answer(self, classes: Classes) -> list[Tensor]:
        """Masks of the first query, for each of the stored classes."""
        model, data = self.model, self.batches[0]
        queries: list[QueryFeatures] = []
        inputs, logits = dict(query=data['inputs']['query']), []
        for scale, known in zip(model.test_scales, classes):
            query, _ = model.encode_at(scale, inputs)
            number = len(next(iter(known.tensors().values())))
            query = model.describe_queries(query).repeated(number)
            queries.append(query)
            logits.append(model.segment(query, known))
        samples = data['data_samples'] * number
        return model.write_predictions(logits, samples, (), largest_images(queries))

    def predict(self) -> list:
        """The plain way: query and supports are encoded together."""
        data = self.batches[0]
        return self.model.predict(data['inputs'], data['data_samples'])

    def _latency(self, job: Callable[[], object], repetitions: int) -> dict:
        flops, _ = count_flops(job)  # a warm-up as well
        times = []
        for _ in range(repetitions):
            self.probe.ask_if_due()
            wait_for(self.device)
            start = time.perf_counter()
            job()
            wait_for(self.device)
            times.append(time.perf_counter() - start)
        median, high = np.percentile(times, (50, 90))
        gflops = flops / median / 1e9
        return dict(
            median_ms=1e3 * median, p90_ms=1e3 * high, gflop=flops / 1e9, gflops=gflops
        )


def format_latencies(run: dict) -> str:
    """A line for each operation."""
    header = (run['name'], 'median ms', 'p90 ms', 'GFLOP', 'GFLOP/s', 'of conv.')
    rows = [
        [
            name,
            f'{x["median_ms"]:.2f}',
            f'{x["p90_ms"]:.2f}',
            f'{x["gflop"]:.4g}',
            f'{x["gflops"]:.4g}',
            f'{x["gflops"] / run["convolution_gflops"]:.0%}',
        ]
        for name, x in run['operations'].items()
    ]
    return markdown_table(header, rows)


def query(args: Namespace, configs: dict[str, Config]) -> tuple[dict, str]:
    """Single operations, repeated; figures for JSON, and text."""
    runs, texts = [], []
    for name, cfg in configs.items():
        if name == 'plain':
            continue  # a query with its supports is measured anyway
        model = QueryLatency(cfg, max(args.classes), args.checkpoint)
        runs.append(model.measure(name, args.classes, args.repetitions))
        texts.append(format_latencies(runs[-1]))
    own = runs[0]['operations']
    first = next(key for key in own if key.startswith('a query, '))
    ratios = {}
    if 'plain' in configs:
        whole = own['a query with its supports, 1 class']['median_ms']
        ratios['plain'] = dict(time=whole / own[first]['median_ms'])
    for run in runs[1:]:
        other = run['operations'][first]['median_ms']
        ratios[run['name']] = dict(time=other / own[first]['median_ms'])
    texts += [f'{first}: {x["time"]:.2f} times as fast as {other}'
              for other, x in ratios.items()]  # fmt: skip
    return dict(runs=runs, ratios=ratios), '\n\n'.join(texts)
