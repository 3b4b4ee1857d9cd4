"""What the number of steps and the learning rate of fine-tuning do to the mIoU.

python tools/analysis_tools/fine_tuning_sweep.py configs/crnet/table4_finetune.py \
    work_dirs/crnet_table2_both --shot 5 --lrs 1e-5 1e-4 1e-3 --steps 0 10 100

All cells are of the same episodes. Those of one learning rate are snapshots of one
run: its first n steps are what a run of n steps does.
"""

import copy
from argparse import ArgumentParser, Namespace
from collections import defaultdict

import numpy as np
import torch
from mmengine.utils import ProgressBar
from prettytable import PrettyTable

from fss_mm.apis.inspection import encoded_episodes, load_segmentor
from fss_mm.evaluation.functional import class_ious, episode_counts
from fss_mm.models import FineTuning
from fss_mm.models.adaptation.fine_tuning import restored
from fss_mm.utils.config_options import add_config_arguments, load_config


def parse_args() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='config file of a FineTuning model')
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
def count(model: FineTuning, features, sample) -> tuple[int, int, int, int]:
    """Pixels of one episode, by the weights as they are now."""
    modes = [(m, m.training) for m in model.modules()]
    logits = model.eval().segmentor.segment(features, [sample])
    (done,) = model.write_predictions([logits], [copy.copy(sample)])
    for module, mode in modes:
        module.training = mode
    return episode_counts(done.pred_sem_seg.data[0], sample.gt_sem_seg.data[0])


def sweep_episode(args: Namespace, model: FineTuning, features, sample) -> dict:
    """Counts by (learning rate, steps); those of a run that diverges are unadapted."""
    plain = count(model, features, sample)
    counts = {(lr, steps): plain for lr in args.lrs for steps in args.steps}
    for lr in args.lrs:
        model.optimizer['lr'] = lr

        def look(step: int, lr: float = lr) -> None:
            if step in args.steps:
                counts[lr, step] = count(model, features, sample)

        with restored(model.learners):
            model.adapt(features, sample.seed, sample.number, look)
    return counts


def main() -> None:
    """Print the table."""
    args = parse_args()
    cfg = load_config(args)
    model = load_segmentor(cfg, args.checkpoint)
    model.steps = max(args.steps)
    ids, counts = [], defaultdict(list)
    progress = ProgressBar(args.num_episodes)
    for features, samples, _ in encoded_episodes(
        cfg, model, args.num_episodes, args.seed
    ):
        for i, sample in enumerate(samples):
            one = features.episodes(slice(i, i + 1))
            ids.append(sample.class_id)
            for cell, pixels in sweep_episode(args, model, one, sample).items():
                counts[cell].append(pixels)
            progress.update()
    table = PrettyTable(['steps', *(f'lr {lr:g}' for lr in args.lrs)], align='r')
    for steps in args.steps:
        scores = [
            np.mean(
                list(class_ious(np.array(ids), np.array(counts[lr, steps])).values())
            )
            for lr in args.lrs
        ]
        table.add_row([steps, *(f'{score:.1f}' for score in scores)])
    print(f'\n{table}\nmIoU of {len(ids)} episodes of seed {args.seed}')


if __name__ == '__main__':
    main()
