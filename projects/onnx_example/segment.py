"""Masks of a photograph by an exported file; needs onnxruntime, NumPy and Pillow alone.

python segment.py mugs.onnx photo.jpg mask.png
"""

import json
import sys

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

COLORS = [0, 0, 0, 230, 60, 60, 60, 140, 230, 240, 190, 40, 90, 190, 90, 170, 90, 200]


def segment(model: str, photograph: str, target: str) -> None:
    """Write a mask of 0 and the classes' places, and say what is there."""
    session = onnxruntime.InferenceSession(model, providers=['CPUExecutionProvider'])
    facts = session.get_modelmeta().custom_metadata_map
    image = ImageOps.exif_transpose(Image.open(photograph)).convert('RGB')
    images = np.asarray(image)[None]  # (1, height, width, 3), uint8
    mask, probabilities = session.run(['mask', 'probabilities'], dict(images=images))
    picture = Image.fromarray(mask[0])
    picture.putpalette(COLORS)
    picture.save(target)
    for place, name in enumerate(json.loads(facts['classes']), start=1):
        found = mask[0] == place
        sure = probabilities[0, place - 1][found].mean() if found.any() else 0
        print(f'{name}: {found.mean():.1%} of the picture, probability {sure:.2f}')


if __name__ == '__main__':
    segment(*sys.argv[1:])
