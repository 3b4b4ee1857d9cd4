"""Open a page on which a class is shown in photographs and found in others.

fss-mm web
fss-mm web --model my-published-model
fss-mm web --model prototype/photographs --model simprop/fold0 work_dirs/simprop_fold0
FSS_MM_WEB_TOKEN=... fss-mm web --host 0.0.0.0 --port 8000

Without --model it offers the models whose weights are on this machine. Nothing leaves
the machine, and photographs are kept in memory alone. Other machines reach the page
only by --host, and need the token that is printed (or FSS_MM_WEB_TOKEN).
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .options import add_opening_arguments, at_least

GO_ON = 'the page is closed, and its photographs are forgotten'


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        '--model',
        nargs='+',
        action='append',
        default=[],
        metavar=('MODEL', 'WEIGHTS'),
        help='a config or a model folder, and perhaps weights; again for more',
    )
    parser.add_argument(
        '--work-dirs',
        default='work_dirs',
        help='folder of trainings whose models are offered',
    )
    parser.add_argument(
        '--image-size',
        type=at_least(1),
        metavar='PIXELS',
        help='height and width that the network sees',
    )
    parser.add_argument('--device', help='such as cuda:1; a GPU if there is one')
    parser.add_argument('--host', default='127.0.0.1', help='address to listen on')
    parser.add_argument('--port', type=at_least(0), default=7860, help='0: a free one')
    parser.add_argument('--open', action='store_true', help='open it in the browser')
    add_opening_arguments(parser)


def run(args: Namespace) -> None:
    """Serve the page."""
    for words in args.model:
        if len(words) > 2:
            raise ValueError(
                f'--model {" ".join(words)}: expected a model, and perhaps its weights'
            )
    if args.port > 65535:
        raise ValueError(f'--port {args.port}, expected 0 to 65535')
    from fss_mm.utils.extras import require

    for module in ('starlette', 'uvicorn', 'pycocotools'):
        require(module, extra='web')
    from fss_mm.apps.at_hand import choices_of
    from fss_mm.apps.running import serve

    options = dict(
        device=args.device,
        image_size=args.image_size,
        cfg_options=args.cfg_options,
        trust=args.trust,
    )
    choices = choices_of(args.model, options, args.work_dirs)
    serve(choices, args.host, args.port, open_browser=args.open)
