"""What boxes, points and scribbles are worth: their masks against VOC's.

FSS_MM_REAL_DATA=... python tests/real/prompts_to_masks.py CONFIG [WEIGHTS]

Objects are of VOC-8's classes, large, and in one piece. A box is the object's own.
Points are where the object, or the rest, is widest; scribbles are lines through them.
It prints the mean IoU in percent; void pixels count nowhere.
"""

import os
import sys
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from prettytable import PrettyTable

from fss_mm import FewShotInferencer
from fss_mm.inference import Box, Points, Scribbles

ROOT = Path(os.environ['FSS_MM_REAL_DATA']) / 'VOC2012'
IDS = (8, 9, 10, 12, 13, 15, 17, 18)
OBJECTS, LARGE, WHOLE, APART = 40, 4000, 0.95, 0.15


def objects():
    """Name of an image, mask of an object in one piece, and void pixels."""
    names = (ROOT / 'ImageSets/Segmentation/val.txt').read_text().split()
    found = []
    for name in names:
        values = np.array(Image.open(ROOT / f'SegmentationClass/{name}.png'))
        for value in IDS:
            mask = values == value
            pieces = cv2.connectedComponentsWithStats(mask.astype(np.uint8))[2][1:]
            if mask.sum() >= LARGE and pieces[:, 4].max() >= WHOLE * mask.sum():
                found.append((name, mask, values == 255))
    chosen = np.random.default_rng(0).permutation(len(found))[:OBJECTS]
    return [found[i] for i in chosen]


def widest(mask, number=3):
    """Points (x, y) of a mask that are far from its edge and from each other."""
    inside = np.pad(mask.astype(np.uint8), 1)
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 5)[1:-1, 1:-1]
    apart, points = round(APART * max(mask.shape)), []
    while len(points) < number and distance.max() > 0:
        row, column = np.unravel_index(distance.argmax(), mask.shape)
        points.append((int(column), int(row)))
        cv2.circle(distance, points[-1], apart, 0, -1)
    return points


def prompts(mask, void):
    """Prompts of an object, by name."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    on, beside = widest(mask), widest(~mask & ~void)
    return {
        'box': Box(columns[0], rows[0], columns[-1] + 1, rows[-1] + 1),
        '1 point': Points(on[:1]),
        '3 points': Points(on),
        '3 points, 3 beside': Points(on, beside),
        'line': Scribbles([on]),
        'line, 3 dots beside': Scribbles([on], [[point] for point in beside], 5),
    }


def iou(found, mask, void):
    """In percent."""
    both, either = (x[~void].sum() for x in (found & mask, found | mask))
    return 100 * both / either


def main(config, weights=None):
    model, ious = FewShotInferencer(config, weights), defaultdict(list)
    for name, mask, void in objects():
        for kind, prompt in prompts(mask, void).items():
            try:
                image = ROOT / f'JPEGImages/{name}.jpg'
                found = model.mask_of(image, prompt)
            except ValueError:  # of a prompt that becomes all of the picture
                found = np.ones_like(mask)
            ious[kind].append(iou(found, mask, void))
            if kind == 'box':
                whole = np.zeros_like(mask)
                edges = [int(x) for x in (prompt.y0, prompt.y1, prompt.x0, prompt.x1)]
                whole[edges[0] : edges[1], edges[2] : edges[3]] = True
                ious['box as it is'].append(iou(whole, mask, void))
    table = PrettyTable(['prompt', 'mean IoU', 'objects'])
    for kind, values in ious.items():
        table.add_row([kind, f'{np.mean(values):.1f}', len(values)])
    print(table)


if __name__ == '__main__':
    main(*sys.argv[1:])
