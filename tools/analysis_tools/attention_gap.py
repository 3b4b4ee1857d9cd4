"""How well a head's attention map tells a class from its background, class by class.

python tools/analysis_tools/attention_gap.py CONFIG CHECKPOINT --fold 3

For each class of the test episodes: the mean foreground attention on the class minus
that on the rest, the map's spread, and their ratio. Where the ratio is near 0 the
similarity to the support does not tell the class apart.
"""

from argparse import Namespace
from collections import defaultdict

import torch
import torch.nn.functional as F
from prettytable import PrettyTable

from fss_mm.apis import check_config, load_segmentor
from fss_mm.apis.inspection import encoded_episodes
from fss_mm.utils.config_options import load_config
from fss_mm_cli.errors import run_command
from fss_mm_cli.options import add_config_arguments
from fss_mm_cli.parser import tool_parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='weights, or a work folder')
    parser.add_argument('--num-episodes', type=int, default=100)
    add_config_arguments(parser)
    return parser.parse_args()


def attention_gap(attention: torch.Tensor, mask: torch.Tensor) -> tuple[float, float]:
    """Gap and spread of one map.

    Args:
        attention (Tensor): (h, w).
        mask (Tensor): (H, W): 0, 1 or 255.

    Returns:
        tuple[float, float]: Mean on the class minus mean on the background, and the
        standard deviation over the map.
    """
    size = attention.shape
    fg, bg = (
        F.interpolate((mask == label)[None, None].float(), size, mode='area')[0, 0]
        for label in (1, 0)
    )
    means = [(attention * w).sum() / w.sum().clamp_min(1e-6) for w in (fg, bg)]
    return (means[0] - means[1]).item(), attention.std().item()


@torch.no_grad()
def main() -> None:
    """Print the table."""
    args = parse_args()
    cfg = load_config(args)
    check_config(cfg, args.cfg_options, ('model', 'test_dataloader'))
    model = load_segmentor(cfg, args.checkpoint)
    found = defaultdict(list)
    episodes = encoded_episodes(cfg, model, args.num_episodes)
    for query, supports, samples, _ in episodes:
        output = model.decode_head(query, supports)
        for sample, attention in zip(samples, output.aux['fg_attention']):
            gap = attention_gap(attention[0], sample.gt_sem_seg.data[0])
            found[sample.class_name].append(gap)
    table = PrettyTable(['class', 'gap', 'spread', 'ratio'], align='r')
    for name, rows in found.items():
        gap, spread = torch.tensor(rows).mean(0).tolist()
        table.add_row([name, f'{gap:.4f}', f'{spread:.4f}', f'{gap / spread:.2f}'])
    print(table)


if __name__ == '__main__':
    run_command(main)
