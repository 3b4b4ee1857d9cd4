"""How well a head's attention maps tell a class from its background.

fss-mm analyze attention-gap CONFIG CHECKPOINT --fold 3

For each class: the mean foreground attention on the class minus that on the rest, the
map's spread, and their ratio.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .options import add_analysis_arguments, conclude, subject_of


def add_arguments(parser: ArgumentParser) -> None:
    """Add the analysis' arguments."""
    add_analysis_arguments(parser, 'episodes', 100)


def run(args: Namespace) -> None:
    """Measure."""
    from fss_mm.analysis.attention_gap import (
        describe_attention_gap,
        measure_attention_gap,
    )

    subject = subject_of(args)
    conclude(
        args, describe_attention_gap(measure_attention_gap(subject), subject.facts)
    )
