"""Draw prompts on a scene of the embedded data set, and the masks that they become.

python tools/analysis_tools/prompt_masks.py --out docs/images/prompts.png

Columns: a box, points, scribbles and a polygon. Rows: the prompt, its mask. The encoder
that looks at points has random weights.
"""

from argparse import Namespace
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from PIL import Image

from fss_mm.datasets.shapes_scene import draw_scene
from fss_mm.inference import Box, FewShotInferencer, Points, Polygon, Scribbles
from fss_mm.inference.pictures import Picture
from fss_mm.inference.prompts import Prompt
from fss_mm.inference.prompts.pictures import draw_prompt
from fss_mm.visualization import join_panels, outline, panel, stack_rows
from fss_mm_cli.errors import run_command
from fss_mm_cli.parser import tool_parser

SIDE, MASK_COLOR = 192, (255, 64, 129)
BACKBONE = dict(
    type='TorchvisionBackbone', name='resnet18', out_nodes=('layer1',), weights=None
)
MODEL = dict(
    type='FewShotSegmentor',
    backbone=BACKBONE,
    decode_head=dict(type='PrototypeHead', in_channels=(64,), in_index=(0,)),
)


def parse_args() -> Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('--scene', type=int, default=3, help='number in its list')
    parser.add_argument('--out', type=Path, default=Path('prompts.png'))
    return parser.parse_args()


def prompts_of(mask: np.ndarray) -> dict[str, Prompt]:
    """A prompt of each kind for an object (H, W), bool, and what is around it."""
    depth = cv2.distanceTransform(np.uint8(mask), cv2.DIST_L2, 5)
    framed = ~mask
    framed[[0, -1]] = framed[:, [0, -1]] = False  # no stroke leaves the picture
    around = cv2.distanceTransform(np.uint8(framed), cv2.DIST_L2, 5)
    (y, x), (v, u) = (np.unravel_index(d.argmax(), mask.shape) for d in (depth, around))
    left, upper, width, height = cv2.boundingRect(np.uint8(mask))
    reach = 0.6 * float(depth.max())
    contours, _ = cv2.findContours(
        np.uint8(mask), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    ring = cv2.approxPolyDP(max(contours, key=len), 2, True)[:, 0] + 0.5
    return {
        'box': Box(left - 4, upper - 4, left + width + 4, upper + height + 4),
        'points': Points([(x, y)], [(u, v)]),
        'scribbles': Scribbles(
            [[(x - reach, y), (x + reach, y)]], [[(u - 9, v), (u + 9, v)]]
        ),
        'polygon': Polygon(ring.tolist()),
    }


def main() -> None:
    """Draw, and write the picture."""
    args = parse_args()
    image, values = draw_scene(1, args.scene, SIDE)
    image = cv2.medianBlur(image, 5)  # without noise the file is small
    mask = values == np.bincount(values[values > 0]).argmax()
    torch.manual_seed(0)
    data = dict(dataset=dict(type='FewShotShapesDataset'))
    model = FewShotInferencer(Config(dict(model=MODEL, test_dataloader=data)))
    picture, drawn = Picture('scene', np.ascontiguousarray(image[..., ::-1])), ([], [])
    for name, prompt in prompts_of(mask).items():
        drawn[0].append(panel(draw_prompt(image, picture, prompt), name))
        became = np.uint8(model.mask_of(picture.pixels, prompt))
        drawn[1].append(panel(outline(image, became, MASK_COLOR), 'its mask'))
    page = stack_rows([join_panels(row) for row in drawn])
    args.out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(page).quantize(64).save(args.out, optimize=True)
    print(f'{args.out}: {args.out.stat().st_size / 1000:.0f} kB')


if __name__ == '__main__':
    run_command(main)
