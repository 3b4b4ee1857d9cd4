"""Time HSNet's 4-D convolutions against dense ones, and measure a query's memory.

python tools/analysis_tools/benchmark_conv4d.py
python tools/analysis_tools/benchmark_conv4d.py --config configs/hsnet/r101.py --shot 5

A dense convolution over four dimensions is a loop over the query's window: for each of
its places one of torch's convolutions over the support's dimensions, added up. Both run
on random correlations of the sizes that an image of 400 x 400 has, in turns, and times
are the least of the repetitions. Memory is the most that the process held while one
query was segmented by its supports, encoder included, beyond what it held before; and
in all. Weights are random ones.
"""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from itertools import product

import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor

from fss_mm.evaluation.markdown import markdown_table
from fss_mm.models.layers import CenterPivotConv4d
from fss_mm.registry import MODELS
from fss_mm_cli.benchmarking.machine import peak_memory, reset_peak_memory
from fss_mm_cli.errors import run_command
from fss_mm_cli.parser import tool_parser

# name, channels, kernel, stride over the support, cells of query and support
LAYERS = (
    ('squeezing 50 x 50, first layer', (4, 16), 5, 4, 50, 50),
    ('squeezing 25 x 25, first layer', (6, 16), 5, 4, 25, 25),
    ('squeezing 13 x 13, first layer', (3, 16), 3, 2, 13, 13),
    ('mixing at 50 x 50', (128, 128), 3, 1, 50, 2),
)
_CPU = torch.device('cpu')


def parse_args() -> Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('--config', default='configs/hsnet/fold0.py')
    parser.add_argument('--size', type=int, default=400, help='side of the images')
    parser.add_argument('--shot', type=int, default=1)
    parser.add_argument('--repetitions', type=int, default=3)
    return parser.parse_args()


def dense_conv4d(x: Tensor, kernel: Tensor, stride: int) -> Tensor:
    """A dense convolution of (N, C, p, q, h, w), by (O, C, k, k, k, k): (Npq, O, h, w).

    It keeps the layout that it computes in, which a next layer would have to change.
    """
    half, (p, q) = kernel.shape[-1] // 2, x.shape[2:4]
    padded = F.pad(x, [0, 0, 0, 0, half, half, half, half])
    total = None
    for a, b in product(range(kernel.shape[2]), repeat=2):
        shown = padded[:, :, a : a + p, b : b + q].permute(0, 2, 3, 1, 4, 5)
        weight = kernel[:, :, a, b]
        found = F.conv2d(shown.flatten(0, 2), weight, None, stride, half)
        total = found if total is None else total.add_(found)
    return total


def seconds(job: Callable[[], Tensor]) -> float:
    """Of one call."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


@torch.inference_mode()
def compare_layer(
    channels: tuple[int, int],
    kernel_size: int,
    stride: int,
    cells: int,
    support_cells: int,
    repetitions: int,
) -> tuple[float, float]:
    """Seconds of the centre-pivot convolution and of the dense one."""
    given, made = channels
    layer = CenterPivotConv4d(given, made, kernel_size, stride)
    kernel = torch.randn(made, given, *[kernel_size] * 4)
    x = torch.rand(1, given, cells, cells, support_cells, support_cells)
    jobs = (lambda: layer(x)), (lambda: dense_conv4d(x, kernel, stride))
    times = [[seconds(job) for job in jobs] for _ in range(repetitions)]
    pivot, dense = map(min, zip(*times))
    return pivot, dense


@torch.inference_mode()
def measure_memory(config: str, size: int, shots: int) -> tuple[int, int, float]:
    """Bytes beyond the model and in all, and seconds, of segmenting one query."""
    cfg = Config.fromfile(config)
    init_default_scope('fss_mm')
    model = MODELS.build(cfg.model).eval()
    masks = torch.zeros(1, shots, size, size, dtype=torch.uint8)
    masks[..., size // 4 : size // 2, size // 4 : size // 2] = 1
    images = torch.rand(1 + shots, 3, size, size)
    inputs = dict(query=images[:1], support=images[None, 1:], support_mask=masks)
    reset_peak_memory(_CPU)
    before = peak_memory(_CPU)
    taken = seconds(lambda: model(inputs, [], mode='tensor').query_logits)
    peak = peak_memory(_CPU)
    return peak - before, peak, taken


def main() -> None:
    """Memory first: the highest of the process only rises."""
    args = parse_args()
    more, peak, taken = measure_memory(args.config, args.size, args.shot)
    print(
        f'{args.config}, {args.size} x {args.size}, {args.shot}-shot, one query: '
        f'{more / 2**20:.0f} MiB more, {peak / 2**20:.0f} MiB in all, {taken:.2f} s'
    )
    rows = []
    for name, *layer in LAYERS:
        pivot, dense = compare_layer(*layer, args.repetitions)
        times = f'{pivot:.3f}', f'{dense:.3f}', f'{dense / pivot:.1f}'
        rows.append([name, *times])
    header = ('layer', 'centre-pivot s', 'dense s', 'times as fast')
    print(markdown_table(header, rows))
    print(f'{torch.get_num_threads()} threads, torch {torch.__version__}, CPU')


if __name__ == '__main__':
    run_command(main)
