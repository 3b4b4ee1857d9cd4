"""Hold IoU against the object's size, its share and the support's similarity.

fss-mm analyze iou-against CONFIG CHECKPOINT
fss-mm analyze iou-against report.json
fss-mm analyze iou-against report.json --encoder prototype/fold0

The first argument is a config, whose model is tested, or a report of `fss-mm test`,
which has all but the similarity of support and query: for that, --encoder names a
config whose data set has the report's episodes and whose backbone looks at them.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ..options import at_least
from .options import add_analysis_arguments, conclude, config_of, subject_of


def add_arguments(parser: ArgumentParser) -> None:
    """Add the analysis' arguments."""
    add_analysis_arguments(parser, 'episodes', 1000)
    parser.add_argument(
        '--encoder',
        nargs='+',
        metavar='CONFIG [CHECKPOINT]',
        help='of a report: what sees how similar support and query are',
    )
    parser.add_argument(
        '--bins', type=at_least(1), default=5, help='bins of a value (default: 5)'
    )
    parser.add_argument(
        '--edges',
        nargs='+',
        default=[],
        metavar='NAME=A,B,...',
        help='edges of the bins of size, share, support_share or similarity, instead '
        'of bins with as many episodes each',
    )


def run(args: Namespace) -> None:
    """Measure."""
    from fss_mm.analysis.episode_columns import TITLES, episodes_of
    from fss_mm.analysis.iou_against import describe_iou_against
    from fss_mm.analysis.value_bins import read_edges

    edges = read_edges(args.edges, list(TITLES))
    report = _report(args)
    records, classes, facts, similarities = (
        _of_a_model(args) if report is None else _of_a_report(args, report)
    )
    episodes = episodes_of(records, similarities)
    conclude(args, describe_iou_against(episodes, classes, facts, args.bins, edges))


def _report(args: Namespace) -> dict | None:
    """The report that the first argument names, or None where it is a config."""
    if not args.config.endswith('.json'):
        if args.encoder is not None:
            raise ValueError(
                '--encoder is of a report; a CONFIG has its own backbone: leave it out'
            )
        return None
    from fss_mm.evaluation.comparability import check_report

    from ..compare import read_report

    report = read_report(args.config)
    if 'model' in report:  # configs may be JSON files, too
        return None
    check_report(report, args.config)
    if args.checkpoint is not None:
        raise ValueError(f'{args.checkpoint}: a report needs no CHECKPOINT')
    return report


def _of_a_model(args: Namespace) -> tuple:
    """Records of a test that runs now, names of classes, facts, similarities."""
    from fss_mm.analysis.pair_similarity import episode_similarities
    from fss_mm.analysis.scored_samples import scored_samples

    subject = subject_of(args)
    records = [own.record for own in scored_samples(subject)]
    records.sort(key=lambda record: (record['seed'], record['number']))
    similarities = episode_similarities(subject.model, subject.loader, subject.episodes)
    facts = {'Measured on': subject.facts}
    return records, subject.dataset.classes, facts, similarities


def _of_a_report(args: Namespace, report: dict) -> tuple:
    """The same of a report."""
    from fss_mm.analysis.report_episodes import facts_of_report, report_similarities

    facts, similarities = {'Measured on': facts_of_report(report, args.config)}, None
    if args.encoder is not None:
        similarities, facts['Encoder'] = report_similarities(report, *_encoder(args))
    return report['episodes'], report['data']['classes'], facts, similarities


def _encoder(args: Namespace) -> tuple:
    if len(args.encoder) > 2:
        raise ValueError(
            f'--encoder {" ".join(args.encoder)}: expected a config and perhaps its '
            'weights'
        )
    config, *checkpoint = args.encoder
    return config_of(args, config), *(checkpoint or [None])
