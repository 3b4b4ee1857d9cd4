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
    subjects_of,
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the analysis' arguments."""
    add_analysis_arguments(parser, 'episodes', 1000)
    add_models_argument(parser)


def run(args: Namespace) -> None:
    """Measure."""
    from fss_mm.analysis.false_positives import (
        classes_trained,
        describe_taken,
        measure_taken,
    )

    subjects = dict(subjects_of(args))
    trained = classes_trained(subjects.values())
    found = {name: measure_taken(own, trained) for name, own in subjects.items()}
    facts = {name: own.facts for name, own in subjects.items()}
    classes = next(iter(subjects.values())).dataset.classes
    conclude(args, describe_taken(found, classes, facts))
