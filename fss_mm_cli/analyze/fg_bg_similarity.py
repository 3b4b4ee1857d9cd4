"""How alike objects and backgrounds of a class are (SimPropNet's Figure 3).

fss-mm analyze fg-bg-similarity CONFIG --fold 1 --num-pairs 1000
fss-mm analyze fg-bg-similarity CONFIG --all-classes --levels 0 1

An encoder is looked at, not a head: the config may have no decode_head, and needs no
checkpoint where it names the weights of its backbone. Bars, for each class: cosine
similarity of the query's foreground or background with the support's.
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
        '--all-classes',
        action='store_true',
        help='pairs of every class that has some, not of the held-out ones alone',
    )


def run(args: Namespace) -> None:
    """Measure."""
    from fss_mm.analysis.encoder import encoder_facts, open_encoder
    from fss_mm.analysis.fg_bg_similarity import (
        describe_fg_bg_similarity,
        measure_fg_bg_similarity,
    )
    from fss_mm.analysis.levels import levels_of
    from fss_mm.analysis.subject import hold_out_all, open_episodes

    cfg = config_of(args, encoder_alone=True)
    if args.all_classes:
        hold_out_all(cfg)
    loader = open_episodes(cfg)
    levels = levels_of(cfg, args.levels)
    encoder = open_encoder(cfg, args.checkpoint)
    class_ids, found = measure_fg_bg_similarity(encoder, loader, levels)
    facts = encoder_facts(cfg, loader, encoder, args.checkpoint, levels)
    classes = loader.dataset.classes
    conclude(args, describe_fg_bg_similarity(class_ids, found, classes, facts))
