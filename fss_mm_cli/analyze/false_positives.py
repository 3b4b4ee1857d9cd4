"""What a model takes for the class: on which objects its false positives lie.

fss-mm analyze false-positives CONFIG CHECKPOINT
fss-mm analyze false-positives CONFIG CHECKPOINT --also CONFIG2 CHECKPOINT2
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .options import (
    add_analysis_arguments,
    add_models_argument,
    conclude,
    config_of,
    models_of,
    require_place,
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the analysis' arguments."""
    add_analysis_arguments(parser, 'episodes', 1000)
    add_models_argument(parser)


def run(args: Namespace) -> None:
    """Measure."""
    require_place(args)
    from fss_mm.analysis.false_positives import describe_taken, measure_taken
    from fss_mm.analysis.qualitative import require_same_episodes
    from fss_mm.analysis.subject import open_subject

    found, facts = {}, {}
    for name, (config, checkpoint) in models_of(args).items():
        subject = open_subject(config_of(args, config), checkpoint)
        facts[name] = subject.facts
        require_same_episodes(facts)
        found[name] = measure_taken(subject)
    conclude(args, describe_taken(found, subject.dataset.classes, facts))
