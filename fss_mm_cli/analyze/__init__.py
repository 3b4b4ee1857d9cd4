"""Measure what stands behind the scores: a table, its numbers and a picture.

fss-mm analyze fg-bg-similarity CONFIG --out analyses
fss-mm analyze error-similarity CONFIG CHECKPOINT --num-pairs 1000
fss-mm analyze identical-inputs CONFIG CHECKPOINT --also CONFIG2 CHECKPOINT2

docs/analyses.md says what each measures, and how it is read. A result is a page, JSON
and a picture in --out, called by the analysis.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from importlib import import_module
from types import ModuleType

from ..parser import add_command
from .options import require_place

# A line for each analysis. Its module has a docstring (what --help shows, with an
# example), add_arguments(parser) and run(args).
ANALYSES = {
    'error-overlap': 'does a supervised model make the same errors?',
    'false-positives': 'on which objects do false positives lie?',
    'qualitative': 'what do the best, median and worst episodes look like?',
    'iou-against': 'does IoU go with size, share or similarity to the support?',
    'error-similarity': 'are errors made where both images of a pair are alike?',
    'fg-bg-similarity': 'are backgrounds of a class more alike than its objects?',
    'identical-inputs': 'what of a mask comes back when the support is the query?',
    'attention-gap': 'how well do attention maps tell a class from its background?',
    'refinement-passes': 'what does each pass over its own mask add?',
    'first-step': 'how does a training begin: its losses, and what each layer learns?',
}


def add_arguments(parser: ArgumentParser) -> None:
    """Add a command for each analysis."""
    commands = parser.add_subparsers(
        dest='analysis', metavar='ANALYSIS', required=True, title='analyses'
    )
    for name, summary in ANALYSES.items():
        add_command(commands, name, summary, _load(name))


def run(args: Namespace) -> int | None:
    """Run the analysis, unless its result would replace one."""
    require_place(args)
    return _load(args.analysis).run(args)


def _load(name: str) -> ModuleType:
    return import_module(f'{__name__}.{name.replace("-", "_")}')
