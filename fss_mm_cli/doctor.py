"""Say what is installed, what is missing, and how to get it.

fss-mm doctor

It looks at versions, devices, the data sets that configs look for under this folder,
and weights of torchvision. What says NEEDED stops fss_mm from running; what is absent
is for some uses only. The exit code is 0, or 1 where something is NEEDED.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .checkup.data import check_data
from .checkup.devices import check_devices
from .checkup.finding import NEEDED, guarded
from .checkup.versions import check_extras, check_library, check_versions
from .checkup.weights import check_weights

# title -> its check, and whether fss_mm cannot run where the check fails
SECTIONS = {
    'versions': (check_versions, True),
    'fss_mm': (check_library, True),
    'extras': (check_extras, False),
    'devices': (check_devices, False),
    'data': (check_data, False),
    'weights': (check_weights, False),
}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments: there are none."""


def run(args: Namespace) -> int:
    """Print all findings; returns the exit code."""
    needed = 0
    for title, (check, is_needed) in SECTIONS.items():
        print(title, flush=True)
        if needed and is_needed:
            print('  looked at when what is NEEDED above is there')
            continue
        for finding in guarded(check, is_needed):
            print(finding, flush=True)
            needed += finding.state == NEEDED
    if needed:
        print(f'fss_mm cannot be used: {needed} NEEDED above')
    else:
        print('fss_mm can be used')
    return int(needed > 0)
