"""torchrun, without its own report of a process that has already said what is wrong.

python tools/launch.py --standalone --nproc-per-node 2 tools/train.py CONFIG ...
"""

import os
import sys

from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.run import main

SAID = (1, 2, 130)  # exit codes of fss_mm_cli.errors


def launch(arguments: list[str]) -> int:
    """Run torchrun; returns the exit code of the process that failed first."""
    os.environ.setdefault('OMP_NUM_THREADS', '1')  # torchrun's value, with a warning
    try:
        main(arguments)
    except ChildFailedError as error:
        rank, failure = error.get_first_failure()
        if failure.exitcode not in SAID:
            print(
                f'error: process {rank} ended with exit code {failure.exitcode} '
                f'({failure.message})',
                file=sys.stderr,
            )
        return failure.exitcode if failure.exitcode > 0 else 2
    except SignalException as error:  # the processes have said that they stop
        return 128 + error.sigval
    return 0


if __name__ == '__main__':
    sys.exit(launch(sys.argv[1:]))
