"""Own photographs, from files to masks, against the network alone."""

from __future__ import annotations

import resource
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from mmengine.config import Config

from fss_mm.inference import FewShotInferencer
from fss_mm.inference.inputs import named_inputs
from fss_mm.inference.job import run_job
from fss_mm.inference.segmenting import segment_batch

from .machine import wait_for

SIZE = 375, 500  # height and width of a photograph, as VOC's are


class Predictions:
    """A class, and photographs in a folder.

    Args:
        cfg (Config): A whole experiment.
        folder (Path): An empty one, for photographs and masks.
        images (int): How many photographs to draw.
        checkpoint (str, optional): Weights. Defaults to None: the config's own.
    """

    def __init__(
        self, cfg: Config, folder: Path, images: int, checkpoint: str | None = None
    ) -> None:
        self.photographs, self.masks = folder / 'photographs', folder / 'masks'
        self.photographs.mkdir()
        for number in range(images):
            path = self.photographs / f'{number:06d}.jpg'
            cv2.imwrite(str(path), _photograph(number))
        self.model = FewShotInferencer(cfg, checkpoint)
        mask = np.zeros(SIZE, dtype=np.uint8)
        mask[100:200, 100:300] = 255
        self.model.add_class('object', _photograph(0), mask)
        files = [one.source for one in named_inputs(self.photographs)]
        prepare = self.model.prepare
        self.prepared = [prepare.query(prepare.reader(file)) for file in files]

    def network_alone(self) -> None:
        """Encoder and segment stage of images that are in memory."""
        known = [one.representations for one in self.model.learned.values()]
        for image in self.prepared:
            segment_batch(self.model.segmentor, [image], known)

    def whole_way(self) -> None:
        """From files to files."""
        queries = named_inputs(self.photographs)
        run_job(self.model, queries, self.masks, overwrite=True, show_progress=False)

    def measure(self, turns: int) -> dict:
        """Milliseconds an image of either, in turns, and the memory that they took.

        ``cpu_ms`` is what all cores together spent on the network: other than the time
        that passes it hardly depends on what else the machine does.
        """
        self.network_alone()  # a warm-up
        times: dict[str, list[float]] = dict(network=[], whole=[])
        spent: list[float] = []
        for _ in range(turns):
            for name, job in (
                ('network', self.network_alone),
                ('whole', self.whole_way),
            ):
                before = time.process_time()
                times[name].append(self._milliseconds(job))
                if name == 'network':
                    spent.append(time.process_time() - before)
        ratios = np.divide(times['whole'], times['network'])
        sizes = [path.stat().st_size for path in self.masks.glob('*.png')]
        return dict(
            images=len(self.prepared),
            turns=turns,
            network_ms=float(np.median(times['network'])),
            cpu_ms=1e3 * float(np.median(spent)) / len(self.prepared),
            whole_ms=float(np.median(times['whole'])),
            ratio=float(np.median(ratios)),
            ratios=[float(ratio) for ratio in ratios],
            mask_bytes=float(np.mean(sizes)),
            peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        )

    def _milliseconds(self, job: Callable[[], None]) -> float:
        start = time.perf_counter()
        job()
        wait_for(self.model.segmentor.data_preprocessor.device)
        return 1e3 * (time.perf_counter() - start) / len(self.prepared)


def predict(args: Namespace, configs: dict[str, Config]) -> tuple[dict, str]:
    """Figures for JSON, and text."""
    cfg = next(iter(configs.values()))
    with TemporaryDirectory() as folder:
        found = Predictions(cfg, Path(folder), args.images, args.checkpoint)
        measured = found.measure(args.turns)
    spread = f'{min(measured["ratios"]):.3f} to {max(measured["ratios"]):.3f}'
    return measured, (
        f'{measured["images"]} photographs of {SIZE[1]} x {SIZE[0]}, medians of '
        f'{measured["turns"]} turns:\n'
        f'encoder and segment stage {measured["network_ms"]:.1f} ms an image, '
        f'{measured["cpu_ms"]:.1f} ms of all cores\n'
        f'from files to masks in files {measured["whole_ms"]:.1f} ms an image, '
        f'{1e3 / measured["whole_ms"]:.2f} images a second\n'
        f'ratio {measured["ratio"]:.3f} ({spread})\n'
        f'a mask takes {measured["mask_bytes"] / 1000:.1f} kB; the process at most '
        f'{measured["peak_mib"]:.0f} MiB'
    )


def _photograph(number: int) -> np.ndarray:
    """A soft random picture: (H, W, 3), uint8."""
    draw = np.random.default_rng(number)
    small = draw.integers(0, 256, (30, 40, 3), dtype=np.uint8)
    return cv2.resize(small, SIZE[::-1])
