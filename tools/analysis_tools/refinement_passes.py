"""Draw what each pass of a refining head predicts, side by side.

python tools/analysis_tools/refinement_passes.py configs/crnet/fold0.py \
    work_dirs/crnet_fold0 --episodes 0 4 7 --out passes.png

Rows: support, truth, and the prediction behind pass 1, 2, ... with its IoU and the
share of the pixels that the pass changed. For heads with ``refine``, such as CRNetHead
and CANetHead.
"""

from argparse import Namespace
from pathlib import Path

import cv2
import numpy as np
import torch

from fss_mm.apis import check_config, load_segmentor
from fss_mm.apis.inspection import encoded_episodes
from fss_mm.evaluation.functional import episode_counts
from fss_mm.models import FewShotSegmentor
from fss_mm.structures import FewShotSegDataSample, QueryFeatures, SupportFeatures
from fss_mm.utils.config_options import load_config
from fss_mm.visualization import join_panels, outline, panel, rgb_images, stack_rows
from fss_mm.visualization.episode_strip import (
    PREDICTION_COLOR,
    SUPPORT_COLOR,
    TRUTH_COLOR,
)
from fss_mm_cli.errors import run_command
from fss_mm_cli.options import add_config_arguments
from fss_mm_cli.parser import tool_parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('config', help='config file, with one support an episode')
    parser.add_argument('checkpoint', help='weights, or a work folder')
    parser.add_argument('--episodes', type=int, nargs='+', default=[0, 1, 2])
    parser.add_argument('--seed', type=int, default=0, help='list of episodes')
    parser.add_argument('--passes', type=int, default=5)
    parser.add_argument('--out', type=Path, default=Path('passes.png'))
    add_config_arguments(parser)
    return parser.parse_args()


@torch.no_grad()
def predictions(
    model: FewShotSegmentor,
    query: QueryFeatures,
    supports: SupportFeatures,
    sample: FewShotSegDataSample,
    passes: int,
) -> list[torch.Tensor]:
    """Masks (H, W) behind 1, 2, ... passes, at the size of the truth."""
    refine, masks = model.decode_head.refine, []
    refine.tolerance = None
    for count in range(1, passes + 1):
        refine.max_passes = count
        logits = model.decode_head(query, supports).query_logits
        (done,) = model.write_predictions([logits], [sample], images=query.images)
        masks.append(done.pred_sem_seg.data[0].clone())
    return masks


def draw_row(
    sample: FewShotSegDataSample, images: dict, masks: list, flip: bool
) -> np.ndarray:
    """One episode: support, truth, and a panel for each pass."""
    truth = sample.gt_sem_seg.data[0]
    (query,) = rgb_images(images['query'][None], flip)
    query = cv2.resize(query, tuple(truth.shape[::-1]))
    (support,) = rgb_images(images['support'], flip)
    support_mask = images['support_mask'][0].numpy()
    panels = [
        panel(outline(support, support_mask, SUPPORT_COLOR), sample.class_name),
        panel(outline(query, truth.numpy(), TRUTH_COLOR), 'truth'),
    ]
    before = None
    for number, mask in enumerate(masks, start=1):
        both, either, *_ = episode_counts(mask, truth)
        caption = f'{number}: IoU {100 * both / max(either, 1):.0f}'
        if before is not None:
            caption += f', changed {(mask != before).float().mean():.1%}'
        panels.append(panel(outline(query, mask.numpy(), PREDICTION_COLOR), caption))
        before = mask
    return join_panels(panels)


def main() -> None:
    """Draw."""
    args = parse_args()
    cfg = load_config(args)
    check_config(cfg, args.cfg_options, ('model', 'test_dataloader'))
    if cfg.test_dataloader.dataset.get('num_shots', 1) != 1 or args.passes < 1:
        raise ValueError('expected --shot 1, and --passes of at least 1')
    model = load_segmentor(cfg, args.checkpoint)
    refine = getattr(model.decode_head, 'refine', None)
    if refine is None or not getattr(refine, 'use_cache', True):
        raise ValueError(f'{type(model.decode_head).__name__} makes one pass only')
    rows, flip = [], model.data_preprocessor.bgr_to_rgb
    for query, supports, samples, images in encoded_episodes(
        cfg, model, max(args.episodes) + 1, args.seed
    ):
        for i, sample in enumerate(samples):
            if sample.number not in args.episodes:
                continue
            one = [x.map(lambda t, i=i: t[i : i + 1]) for x in (query, supports)]
            masks = predictions(model, *one, sample, args.passes)
            shown = {name: x[i] for name, x in images.items()}
            rows.append(draw_row(sample, shown, masks, flip))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(args.out), stack_rows(rows)[..., ::-1])
    print(f'{len(rows)} episodes in {args.out}')


if __name__ == '__main__':
    run_command(main)
