"""Hooks of mkdocs: pages that lie outside of docs/, and links to what is no page.

READMEs of configs and projects and the changelog become pages of the site. A link from
a page to a source file has no page to go to: its text stays, as code.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
PAGES = ('CHANGELOG.md', 'configs/**/README.md', 'projects/*/README.md')
LINK = re.compile(r'(!?)\[([^\]]*)\]\(([^)\s]+)\)')
PREFIX = 'docs'  # where the pages of docs/ are, as seen from the links between them


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from elsewhere, under their paths in the repository."""
    for pattern in PAGES:
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            content = path.read_text(encoding='utf-8')
            files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Point links to where pages are, and keep the text of those to other files."""
    own = page.file.src_uri
    is_doc = (Path(config.docs_dir) / own).is_file()
    place = posixpath.join(PREFIX, own) if is_doc else own

    def mended(match: re.Match) -> str:
        image, text, link = match.groups()
        path, mark, anchor = link.partition('#')
        if not path or re.match(r'\w+:', path):
            return match.group()
        target = posixpath.normpath(posixpath.join(posixpath.dirname(place), path))
        target = target.removeprefix(PREFIX + '/')
        if files.get_file_from_path(target) is None:
            readme = posixpath.join(target, 'README.md')
            if files.get_file_from_path(readme) is None:
                return match.group() if image else text
            target = readme
        relative = posixpath.relpath(target, posixpath.dirname(own) or '.')
        return f'{image}[{text}]({relative}{mark}{anchor})'

    return LINK.sub(mended, markdown)
