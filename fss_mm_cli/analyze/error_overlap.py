"""How many errors a few-shot model shares with a supervised one (SimPropNet's Table 1).

fss-mm analyze error-overlap CONFIG CHECKPOINT --supervised DEEPLAB_CONFIG WEIGHTS
fss-mm analyze error-overlap CONFIG CHECKPOINT --supervised ... --also CONFIG CHECKPOINT

The supervised model is a SupervisedSegmentor, or an EncoderDecoder of mmseg, that knows
the episodes' classes, by name. Both are scored on the same queries.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .options import (
    add_analysis_arguments,
    add_models_argument,
    conclude,
    subjects_of,
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the analysis' arguments."""
    add_analysis_arguments(parser, 'episodes', 1000)
    parser.add_argument(
        '--supervised',
        nargs=2,
        required=True,
        metavar=('CONFIG', 'CHECKPOINT'),
        help='a segmentor of mmseg, and its weights',
    )
    add_models_argument(parser)


def run(args: Namespace) -> None:
    """Measure."""
    from fss_mm.analysis.error_overlap import (
        describe_errors,
        measure_errors,
        supervised_masks,
    )
    from fss_mm.analysis.supervised import open_supervised

    found, facts, masks = {}, {}, None
    for name, subject in subjects_of(args):
        facts[name] = subject.facts
        if masks is None:
            supervised = open_supervised(*args.supervised, subject)
            masks = supervised_masks(supervised)
        found[name] = measure_errors(subject, masks)
    classes = subject.dataset.classes
    facts['supervised'] = supervised.facts
    conclude(args, describe_errors(found, classes, facts))
