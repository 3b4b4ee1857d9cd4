"""What a refiner is worth on VOC-8: IoU, IoU of the edges, and seconds a picture.

FSS_MM_REAL_DATA=... python tests/real/refined_edges.py CONFIG FOLD... \
    --refiners "dict(type='GuidedFilterRefiner', radius=0.02)" ...

The same episodes for all; the first row is without a refiner. The edge of a mask is
what lies in it within 2 % of the image's diagonal from its contour (Cheng et al.,
"Boundary IoU", CVPR 2021). Both are summed over the episodes of a class, divided once,
and averaged over the classes. With --originals refiners look at the photographs as they
are, which predictions on one's own images do, and not at what the network saw of them.
"""

import math
import time
from argparse import ArgumentParser
from collections import defaultdict

import cv2
import numpy as np
import torch
from mmengine.config import Config
from PIL import Image
from prettytable import PrettyTable

from fss_mm.engine import FewShotRunner
from fss_mm.evaluation.functional import class_ious, episode_counts
from fss_mm.inference.opening import start_untrained
from fss_mm.registry import MODELS
from fss_mm.utils.config_options import read_config
from fss_mm.utils.masks import foreground_mask

EDGE = 0.02


def edge_of(mask: np.ndarray) -> np.ndarray:
    """(H, W) of 0 and 1: the pixels of a mask that are near its contour."""
    steps = max(round(EDGE * math.hypot(*mask.shape)), 1)
    padded = np.pad(mask, 1)  # the border of the image is a contour
    inside = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=steps)
    return mask - inside[1:-1, 1:-1]


def edge_counts(prediction: torch.Tensor, target: torch.Tensor) -> tuple:
    known = target != 255
    edges = [edge_of(x.numpy().astype(np.uint8)) for x in (prediction, target == 1)]
    found, true = (torch.from_numpy(edge) for edge in edges)
    return episode_counts(found, torch.where(known, true, 255))


def settings(cfg: Config, fold: int, args) -> Config:
    cfg = cfg.copy()
    for key in ('train_dataloader', 'val_dataloader', 'train_cfg', 'val_cfg'):
        cfg[key] = None
    cfg.val_evaluator = cfg.optim_wrapper = cfg.param_scheduler = None
    cfg.test_dataloader.dataset.fold = fold
    cfg.test_dataloader.sampler.update(num_episodes=args.episodes, seeds=args.seeds)
    cfg.work_dir = args.work_dir
    # the images are kept for a refiner
    cfg.model.refiner = dict(type='GuidedFilterRefiner')
    return cfg


@torch.inference_mode()
def measure(cfg: Config, refiners: dict, originals: bool) -> dict:
    """Of each refiner: class ids, counts, counts of edges, and seconds."""
    runner = FewShotRunner.from_cfg(cfg)
    loop, model = runner.test_loop, runner.model
    start_untrained(model)
    found = defaultdict(lambda: ([], [], [], []))
    for sample, logits, _, images in loop._stream(model.eval(), loop.dataloader):
        target = sample.gt_sem_seg.data[0]
        whole = model.whole_logits(logits, target.shape)
        image = model.data_preprocessor.pixels(images[0])
        if originals:
            pixels = np.asarray(Image.open(sample.img_path).convert('RGB'))
            image = torch.tensor(pixels).permute(2, 0, 1)
        for name, refiner in refiners.items():
            start, mask = time.perf_counter(), foreground_mask(whole)[0]
            if refiner is not None:
                mask = (refiner(whole.softmax(1)[:, 1], image)[0] > 0.5).byte()
            seconds = time.perf_counter() - start
            own = (
                sample.class_id,
                episode_counts(mask, target),
                edge_counts(mask, target),
                seconds,
            )
            for column, value in zip(found[name], own):
                column.append(value)
    return found


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument('config')
    parser.add_argument('folds', type=int, nargs='+')
    parser.add_argument('--refiners', nargs='+', default=[])
    parser.add_argument('--episodes', type=int, default=200)
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1])
    parser.add_argument('--originals', action='store_true')
    parser.add_argument('--work-dir', default='work_dirs/refined_edges')
    args = parser.parse_args()
    cfg, refiners = read_config(args.config), {'without': None}
    for text in args.refiners:
        own = eval(text, dict(dict=dict))
        refiners[text] = MODELS.build(own)
    table = PrettyTable(['fold', 'refiner', 'IoU', 'IoU of edges', 'ms a picture'])
    for fold in args.folds:
        own = settings(cfg, fold, args)
        for name, columns in measure(own, refiners, args.originals).items():
            ids, counts, edges, seconds = map(np.array, columns)
            ious = [np.mean(list(class_ious(ids, x).values())) for x in (counts, edges)]
            row = [fold, name, *(f'{x:.2f}' for x in ious)]
            table.add_row([*row, f'{1e3 * np.median(seconds):.1f}'])
    print(table)


if __name__ == '__main__':
    main()
