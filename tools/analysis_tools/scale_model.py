"""How long a large job takes, and what failing machines cost.

python tools/analysis_tools/scale_model.py --images 1e9 --rate 40 --machines 64

A job is cut into blocks; a machine does one after the other. A machine fails at random
(exponentially, mean time --mtbf), loses the block that it is at, and is back after
--repair minutes. What is printed is a simulation with a stated seed, beside the same
job without failures.
"""

import heapq
import random
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

from prettytable import PrettyTable

from fss_mm_cli.errors import run_command
from fss_mm_cli.parser import tool_parser

HOUR = 3600.0


@dataclass(frozen=True)
class Outcome:
    """Of a simulated job.

    Args:
        hours (float): Until the last block is done.
        failures (int): Of machines.
        lost (float): Share of the work that was done twice.
    """

    hours: float
    failures: int
    lost: float


def simulate(
    images: float,
    rate: float,
    machines: int,
    block: int,
    mtbf: float,
    repair: float,
    seed: int = 0,
) -> Outcome:
    """Run a job of blocks on machines that fail.

    Args:
        images (float): Number of images.
        rate (float): Images per second of a machine.
        machines (int): Number of machines.
        block (int): Images of a block.
        mtbf (float): Mean time between failures of a machine, in hours.
        repair (float): Hours until it is back.
        seed (int): Of the failures. Defaults to 0.
    """
    draw = random.Random(seed)
    left = [block] * int(images // block) + [int(images % block)] * bool(images % block)
    # when a machine is free, and when it fails next, in hours
    free = [(0.0, draw.expovariate(1 / mtbf), number) for number in range(machines)]
    heapq.heapify(free)
    failures, lost, end = 0, 0.0, 0.0
    while left:
        now, failure, number = heapq.heappop(free)
        needed = left[-1] / rate / HOUR
        if failure < now + needed:  # the block stays in the list
            failures += 1
            lost += max(failure - now, 0.0) * rate * HOUR
            now = max(failure, now) + repair
            failure = now + draw.expovariate(1 / mtbf)
        else:
            left.pop()
            now += needed
            end = max(end, now)
        heapq.heappush(free, (now, failure, number))
    return Outcome(end, failures, lost / images)


def parse_args() -> Namespace:
    """Read the command line."""
    parser: ArgumentParser = tool_parser(__doc__)
    parser.add_argument('--images', type=float, default=1e6)
    parser.add_argument('--rate', type=float, required=True, help='a second, a machine')
    parser.add_argument('--machines', type=int, nargs='+', default=[1, 8, 64])
    parser.add_argument('--block', type=int, default=10_000, help='images of a block')
    parser.add_argument('--mtbf', type=float, default=500.0, help='hours')
    parser.add_argument('--repair', type=float, default=10.0, help='minutes')
    parser.add_argument('--mask-bytes', type=float, default=2000.0, help='of a result')
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    args = parse_args()
    wrong = [v for v in (args.images, args.rate, args.block, args.mtbf) if v <= 0]
    if wrong or min(args.machines) < 1 or args.repair < 0:
        raise ValueError('all numbers have to be above 0')
    table = PrettyTable(
        ['machines', 'hours, none fails', 'hours', 'failures', 'done twice']
    )
    for machines in args.machines:
        found = simulate(
            args.images, args.rate, machines, args.block, args.mtbf,
            args.repair / 60, args.seed,
        )  # fmt: skip
        ideal = args.images / args.rate / machines / HOUR
        table.add_row(
            [machines, f'{ideal:.1f}', f'{found.hours:.1f}', found.failures,
             f'{found.lost:.3%}']
        )  # fmt: skip
    print(table)
    stored = args.images * args.mask_bytes / 1e9
    print(f'{args.images:.3g} masks of {args.mask_bytes:.0f} bytes: {stored:,.1f} GB')


if __name__ == '__main__':
    run_command(main)
