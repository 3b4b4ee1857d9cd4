"""Write reports as a page: scores, differences, every episode.

fss-mm report out.json
fss-mm report a.json b.json --html both.html --pictures out

The page is one file that fetches nothing. Several reports are set side by side, each
further one against the first. --pictures takes the folder of `fss-mm test --show-dir`.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from .options import require_free


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument('reports', nargs='+', metavar='REPORT', help='JSON report')
    parser.add_argument(
        '--html', type=Path, help='the page (default: the first report, with .html)'
    )
    parser.add_argument('--pictures', help="folder of the first report's pictures")
    parser.add_argument(
        '--overwrite', action='store_true', help='replace a page that is there'
    )


def run(args: Namespace) -> None:
    """Write the page."""
    from fss_mm.apis.report_page import read_pictures, report_page
    from fss_mm.utils.files import write_atomically

    from .compare import read_report
    from .short_names import short_names

    target = args.html or Path(args.reports[0]).with_suffix('.html')
    require_free(target, '--html', args.overwrite)
    names = short_names(args.reports)
    reports = {name: read_report(path) for name, path in names.items()}
    pictures = read_pictures(args.pictures) if args.pictures else None
    page = report_page(reports, pictures, ' and '.join(names))
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, lambda file: file.write(page.encode()))
    print(target)
