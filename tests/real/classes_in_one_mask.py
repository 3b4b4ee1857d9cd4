"""Two classes in one mask: in which units should their log-odds be compared?

One class has 1 support and the other 5, then the other way round, on VOC-8's images.
FSS_MM_REAL_DATA=... python tests/real/classes_in_one_mask.py CONFIG [WEIGHTS]

For each unit it prints the share of an object's pixels that got the right class, and by
how much the first class's share of all claimed pixels rises with its supports.
"""

import os
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from prettytable import PrettyTable

from fss_mm import FewShotInferencer
from fss_mm.inference.learning import log_odds_in, mirrored, represent, usual_log_odds
from fss_mm.inference.segmenting import (
    comparable,
    log_odds,
    merge_classes,
    segment_batch,
)
from fss_mm.inference.supports import encode_supports

ROOT = Path(os.environ['FSS_MM_REAL_DATA']) / 'VOC2012'
PAIRS = [(8, 12), (10, 17), (13, 17), (8, 13), (12, 10)]  # ids of VOC
SHOTS = [(1, 5), (5, 1)]
DRAWS, QUERIES, LARGE = 3, 6, 6000


def mask_of(name):
    return np.array(Image.open(ROOT / f'SegmentationClass/{name}.png'))


def image_of(name):
    return ROOT / f'JPEGImages/{name}.jpg'


def held_out_level(model, supports):
    """Mean log-odds where a support that is held out shows the class."""
    found = []
    for place, support in enumerate(supports):
        others = [s for i, s in enumerate(supports) if i != place]
        if not others:
            support, others = mirrored(support), [support]
        known = represent(model, others)
        odds = log_odds_in(model, support, known)
        found.append(odds[support.labels == 1].mean())
    return max(float(np.mean(found)), 1e-2)


def main(config, weights=None):
    inferencer = FewShotInferencer(config, weights)
    names = (ROOT / 'ImageSets/Segmentation/val.txt').read_text().split()
    ids = {i for pair in PAIRS for i in pair}
    images = {i: [n for n in names if (mask_of(n) == i).sum() > LARGE] for i in ids}
    draw, found = np.random.default_rng(0), defaultdict(list)
    for pair in PAIRS:
        for _ in range(DRAWS):
            order = [list(draw.permutation(images[i])) for i in pair]
            for shots in SHOTS:
                measure(inferencer, pair, order, shots, found)
    report(found)


def measure(inferencer, pair, order, shots, found):
    inferencer.learned.clear()
    for class_id, own, k in zip(pair, order, shots):
        masks = [np.uint8(mask_of(n) == class_id) * 255 for n in own[:k]]
        inferencer.add_class(str(class_id), [image_of(n) for n in own[:k]], masks)
    model, learned = inferencer.segmentor, list(inferencer.learned.values())
    encoded = [encode_supports(model, inferencer.prepare, x.supports) for x in learned]
    units = dict(
        none=[1.0, 1.0],
        held_out=[held_out_level(model, one) for one in encoded],
        mirrored=[
            usual_log_odds(model, one, lambda some: represent(model, some))
            for one in encoded
        ],
        used=[one.level for one in learned],
    )
    for place, (class_id, own) in enumerate(zip(pair, order), start=1):
        for name in own[5 : 5 + QUERIES]:
            picture = inferencer.prepare.reader(image_of(name))
            logits = segment_batch(
                model,
                [inferencer.prepare.query(picture)],
                [one.representations for one in learned],
            )
            with torch.inference_mode():
                odds = [log_odds(model, one, picture.size) for one in logits]
            truth = mask_of(name) == class_id
            for unit, levels in units.items():
                given = merge_classes(odds, comparable(levels))[0][truth]
                shares = [(given == number).mean() for number in (1, 2)]
                found[unit, shots, place].append(shares)


def report(found):
    table = PrettyTable(['unit', 'right class', 'favour of more supports'])
    for unit in ('none', 'held_out', 'mirrored', 'used'):
        mean = {key: np.mean(v, 0) for key, v in found.items() if key[0] == unit}
        right = np.mean([v[key[2] - 1] for key, v in mean.items()])
        first = {
            shots: np.mean([v[0] / v.sum() for k, v in mean.items() if k[1] == shots])
            for shots in SHOTS
        }
        rise = first[5, 1] - first[1, 5]
        table.add_row([unit, f'{right:.1%}', f'{100 * rise:+.1f} points'])
    print(table)


if __name__ == '__main__':
    main(*sys.argv[1:])
