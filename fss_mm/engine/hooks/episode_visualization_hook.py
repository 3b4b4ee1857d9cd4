"""Draw episodes while testing."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import cv2
import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.logging import print_log
from torch import Tensor

from ...registry import HOOKS
from ...structures import FewShotSegDataSample
from ...utils.distributed import unwrapped
from ...visualization import draw_episode, rgb_images, stack_rows


@HOOKS.register_module()
class EpisodeVisualizationHook(Hook):
    """Write a picture of each tested episode, and one of the first few together.

    The pictures are ``<seed>_<number>_<class>.png`` and ``overview.png``: supports with
    outlines, query, truth and prediction in a row. Where several tests run at once,
    each has a folder, with the episodes that no test before it has. Each process draws
    its own episodes; the overview shows those of the first.

    Args:
        show_dir (str, optional): Folder for the pictures, which is made. Defaults to
            None: draw nothing.
        num_overview (int): Rows of the overview. Defaults to 10.
        max_episodes (int, optional): Draw only episodes whose number is below this.
            Defaults to None: all.
    """

    def __init__(
        self,
        show_dir: str | None = None,
        num_overview: int = 10,
        max_episodes: int | None = None,
    ) -> None:
        self.show_dir = show_dir
        self.num_overview = num_overview
        self.max_episodes = max_episodes
        self._rows: list[np.ndarray] = []

    def after_test_iter(
        self,
        runner,
        batch_idx: int,
        data_batch: dict,
        outputs: list[FewShotSegDataSample],
    ) -> None:
        """Draw a batch."""
        if self.show_dir is None:
            return
        model = unwrapped(runner.model)
        flip = model.data_preprocessor.bgr_to_rgb
        for sample in outputs:
            if self.max_episodes is None or sample.number < self.max_episodes:
                # loaded again: a test encodes images once and lets go of them
                item = runner.test_loop.dataloader.dataset[sample.episode]
                self._save(draw_sample(sample, item['inputs'], flip), sample)

    def after_test_epoch(self, runner, metrics: dict | None = None) -> None:
        """Write the overview."""
        if self._rows and is_main_process():
            path = Path(self.show_dir) / 'overview.png'
            _write(path, stack_rows(self._rows))
            runner.logger.info(f'pictures: {path} and beside it')
        self._rows.clear()

    def _save(self, row: np.ndarray, sample: FewShotSegDataSample) -> None:
        class_name = re.sub(r'\W+', '_', sample.class_name)
        name = f'{sample.seed}_{sample.number:05d}_{class_name}.png'
        _write(Path(self.show_dir) / sample.get('test', '') / name, row)
        if len(self._rows) < self.num_overview:
            self._rows.append(row)


def draw_sample(
    sample: FewShotSegDataSample, inputs: dict[str, Tensor], flip: bool
) -> np.ndarray:
    """One predicted episode as a row, the query at the size of its mask.

    Args:
        sample (FewShotSegDataSample): With ``pred_sem_seg``.
        inputs (dict[str, Tensor]): Of the episode, as its data set loads it.
        flip (bool): Whether the channels are BGR.
    """
    return draw_episode(
        rgb_images(inputs['query'][None], flip)[0],
        rgb_images(inputs['support'], flip),
        inputs['support_mask'].numpy(),
        sample.gt_sem_seg.data[0].cpu().numpy(),
        sample.pred_sem_seg.data[0].cpu().numpy(),
        f'query: {sample.class_name}',
    )


def _write(path: Path, image: np.ndarray) -> None:
    """Write a picture; what cannot be drawn must not end a test."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode('.png', image[..., ::-1])[1].tobytes())
    except OSError as error:
        print_log(f'cannot write picture {path}: {error}', 'current', logging.ERROR)
