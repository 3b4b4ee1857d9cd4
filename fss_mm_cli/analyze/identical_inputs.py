"""Tests whose support is the query, against the usual ones (SimPropNet's Tables 2, 5).

fss-mm analyze identical-inputs CONFIG CHECKPOINT --fold 0
fss-mm analyze identical-inputs CONFIG CHECKPOINT --also CONFIG2 CHECKPOINT2

Both are tests as of fss-mm test, with and without --identical-inputs: their reports lie
in a folder beside the table. Models are compared two by two, as they are named.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .options import (
    add_analysis_arguments,
    add_models_argument,
    conclude,
    config_of,
    models_of,
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the analysis' arguments."""
    add_analysis_arguments(parser)
    add_models_argument(parser)


def run(args: Namespace) -> None:
    """Test each model twice, and compare."""
    from fss_mm.analysis.identical_inputs import (
        NAME,
        describe_identical_inputs,
        measure_identical_inputs,
    )
    from fss_mm.analysis.subject import open_subject

    models = {
        name: (config_of(args, config), checkpoint)
        for name, (config, checkpoint) in models_of(args).items()
    }
    facts = {name: open_subject(*model).facts for name, model in models.items()}
    reports = {
        name: measure_identical_inputs(*model, args.out / NAME, name)
        for name, model in models.items()
    }
    conclude(args, describe_identical_inputs(reports, facts))
