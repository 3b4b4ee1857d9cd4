"""Write a trained model as a folder that others can use.

fss-mm publish work_dirs/simprop_fold0 simprop-r50-fold0 --licence Apache-2.0
fss-mm publish work_dirs/simprop_fold0 OUT --licence LICENSE.txt --report report.json
fss-mm publish iter_20000.pth OUT --licence CC-BY-4.0 --config simprop/fold0

OUT holds the config, all in one and without paths of this machine, the weights as
safetensors with what they were trained on, the licence, a card and the report. It can
be uploaded to the Hugging Face hub as it is (`hf upload USER/NAME OUT`), and tested:

fss-mm test OUT OUT --seeds 0 1 2
"""

from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument('source', help='a checkpoint, or a work folder: its best one')
    parser.add_argument('out', help='the folder to write: a new one, or an empty one')
    parser.add_argument(
        '--licence',
        required=True,
        metavar='NAME_OR_FILE',
        help='of the model: an identifier such as Apache-2.0, or a file with the text',
    )
    parser.add_argument(
        '--config',
        help="what it was trained with; without it the work folder's own",
    )
    parser.add_argument(
        '--accept-licence',
        action='store_true',
        help="pass on an encoder's weights whose licence restricts it (DINOv3's, "
        'non-commercial ones)',
    )
    parser.add_argument('--report', help='JSON report of a test of these weights')


def run(args: Namespace) -> None:
    """Publish."""
    from fss_mm.publishing import publish

    out = publish(
        args.source,
        args.out,
        args.licence,
        args.config,
        args.report,
        args.accept_licence,
    )
    print(f'published: {out}')
