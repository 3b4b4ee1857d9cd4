"""Make the data of a published data set, or check your own images and masks.

fss-mm convert voc-sbd data
fss-mm convert coco data/coco --download
fss-mm convert folder data/birds
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from importlib import import_module
from types import ModuleType

from ..parser import add_command

CONVERTERS = {
    'voc-sbd': "PASCAL-5^i: VOC 2012 with VOC's and SBD's masks",
    'voc8': 'VOC-8: a small setting of real photographs, out of VOC 2012',
    'coco': 'COCO-20^i: index masks of MS COCO',
    'fss1000': 'FSS-1000: images, masks and lists',
    'folder': 'your own images and masks: what is wrong with which file',
}


def add_arguments(parser: ArgumentParser) -> None:
    """Add a command for each data set."""
    commands = parser.add_subparsers(
        dest='converter', metavar='DATA_SET', required=True, title='data sets'
    )
    for name, summary in CONVERTERS.items():
        add_command(commands, name, summary, _load(name))


def run(args: Namespace) -> int | None:
    """Run the data set's converter; returns the exit status."""
    return _load(args.converter).run(args)


def _load(name: str) -> ModuleType:
    return import_module(f'{__name__}.{name.replace("-", "_")}')
