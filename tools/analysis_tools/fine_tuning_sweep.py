"""What the number of steps and the learning rate of fine-tuning do to the mIoU.

python tools/analysis_tools/fine_tuning_sweep.py configs/crnet/table4_finetune.py \
    work_dirs/crnet_table2_both --shot 5 --lrs 1e-5 1e-4 1e-3 --steps 0 10 100

All cells are of the same episodes. Those of one learning rate are snapshots of one
run: its first n steps are what a run of n steps does.
"""

from argparse import Namespace
from collections import defaultdict

import numpy as np
import torch
from mmengine.utils import ProgressBar
from prettytable import PrettyTable

from fss_mm.apis import check_config, load_segmentor
from fss_mm.apis.inspection import encoded_episodes
from fss_mm.evaluation.functional import class_ious, episode_counts
from fss_mm.models import FewShotSegmentor
from fss_mm.structures import FewShotSegDataSample, QueryFeatures, SupportFeatures
from fss_mm.utils.config_options import load_config
from fss_mm.utils.restored import restored
from fss_mm_cli.errors import run_command
from fss_mm_cli.options import add_config_arguments
from fss_mm_cli.parser import tool_parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('config', help='config file of a model with fine_tuning')
    parser.add_argument('checkpoint', help='weights, or a work folder')
    parser.add_argument('--lrs', type=float, nargs='+', required=True)
    parser.add_argument('--steps', type=int, nargs='+', default=[0, 10, 25, 50, 100])
    parser.add_argument('--num-episodes', type=int, default=50)
    parser.add_argument('--seed', type=int, default=0, help='list of episodes')
    add_config_arguments(parser)
    args = parser.parse_args()
    if max(args.steps) < 1:
        parser.error(f'--steps {args.steps}: name one above 0')
    return args


@torch.no_grad()
def count(
    model: FewShotSegmentor,
    query: QueryFeatures,
    supports: SupportFeatures,
    sample: FewShotSegDataSample,
) -> tuple[int, int, int, int] | None:
    """Pixels of one episode, by the weights as they are; None if not finite."""
    head = model.decode_head
    modes = [(m, m.training) for m in head.modules()]
    head.eval()
    shots = head.represent_shots(head.reduce_supports(supports))
    known = model.merge_shots(shots)
    logits = model.segment_reduced(head.reduce_query(query), known)
    for module, mode in modes:
        module.training = mode
    if not logits.isfinite().all():
        return None
    (done,) = model.write_predictions([logits], [sample], images=query.images)
    return episode_counts(done.pred_sem_seg.data[0], sample.gt_sem_seg.data[0])


def sweep_episode(
    args: Namespace,
    model: FewShotSegmentor,
    query: QueryFeatures,
    supports: SupportFeatures,
    sample: FewShotSegDataSample,
) -> dict:
    """Counts by (learning rate, steps); None from where a run has diverged."""
    counts = {(lr, steps): None for lr in args.lrs for steps in args.steps}
    plain = count(model, query, supports, sample)
    counts |= {(lr, 0): plain for lr in args.lrs}
    for lr in args.lrs:
        model.fine_tuning.optimizer['lr'] = lr

        def look(step: int, lr: float = lr) -> None:
            if step in args.steps:
                counts[lr, step] = count(model, query, supports, sample)

        with restored(model.decode_head):
            seed = sample.support_set_seed
            model.fine_tuning.adapt(model, supports, seed, look)
    return counts


def cell(class_ids: list[int], counts: list, plain: list) -> str:
    """The mIoU, diverged episodes as without fine-tuning, and how many there are."""
    diverged = sum(pixels is None for pixels in counts)
    whole = [pixels or other for pixels, other in zip(counts, plain)]
    ious = class_ious(np.array(class_ids), np.array(whole))
    return f'{np.mean(list(ious.values())):.1f}' + f' ({diverged})' * bool(diverged)


def main() -> None:
    """Print the table."""
    args = parse_args()
    cfg = load_config(args)
    check_config(cfg, args.cfg_options, ('model', 'test_dataloader'))
    model = load_segmentor(cfg, args.checkpoint)
    if model.fine_tuning is None:
        raise ValueError(f'{args.config}: model has no fine_tuning')
    model.fine_tuning.steps = max(args.steps)
    ids, counts = [], defaultdict(list)
    progress = ProgressBar(args.num_episodes)
    for query, supports, samples, _ in encoded_episodes(
        cfg, model, args.num_episodes, args.seed
    ):
        for i, sample in enumerate(samples):
            one = [x.map(lambda t, i=i: t[i : i + 1]) for x in (query, supports)]
            ids.append(sample.class_id)
            for key, pixels in sweep_episode(args, model, *one, sample).items():
                counts[key].append(pixels)
            progress.update()
    table = PrettyTable(['steps', *(f'lr {lr:g}' for lr in args.lrs)], align='r')
    for steps in args.steps:
        cells = [cell(ids, counts[lr, steps], counts[lr, 0]) for lr in args.lrs]
        table.add_row([steps, *cells])
    print(
        f'\n{table}\nmIoU of {len(ids)} episodes of seed {args.seed} (in brackets: '
        'diverged, counted without fine-tuning)'
    )


if __name__ == '__main__':
    run_command(main)
