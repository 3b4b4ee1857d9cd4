"""Errors in both images of a pair, and how alike they are (SimPropNet's section 3.1).

fss-mm analyze error-similarity CONFIG CHECKPOINT --num-pairs 1000
fss-mm analyze error-similarity CONFIG CHECKPOINT --encoder VGG_CONFIG --levels 2

Each image of a pair is segmented with the other one as its support. The inner product
of the vectors of the mispredicted pixels of both, over that of the objects; beside it
the same ratio of what was found, and of the background.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .options import (
    add_analysis_arguments,
    add_levels_argument,
    conclude,
    config_of,
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the analysis' arguments."""
    add_analysis_arguments(parser, 'pairs')
    add_levels_argument(parser)
    parser.add_argument(
        '--encoder',
        metavar='CONFIG',
        help="whose backbone gives the features; by default the model's own",
    )


def run(args: Namespace) -> None:
    """Measure."""
    from fss_mm.analysis.encoder import open_encoder
    from fss_mm.analysis.error_similarity import (
        describe_error_similarity,
        measure_error_similarity,
    )
    from fss_mm.analysis.levels import levels_of
    from fss_mm.analysis.subject import facts_of_model, open_subject
    from fss_mm.utils.config_options import read_config

    cfg = config_of(args)
    own = cfg if args.encoder is None else read_config(args.encoder, args.trust)
    levels = levels_of(own, args.levels)
    subject = open_subject(cfg, args.checkpoint)
    encoder = subject.model if args.encoder is None else open_encoder(own)
    class_ids, found = measure_error_similarity(subject, encoder, levels)
    facts = subject.facts | dict(levels='all' if levels is None else list(levels))
    if args.encoder is not None:
        facts |= dict(features_of=facts_of_model(own, encoder, None))
    classes = subject.dataset.classes
    conclude(args, describe_error_similarity(class_ids, found, classes, facts))
