"""A page of episodes in one file: pictures inside, nothing to fetch, no server."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from string import Template

from .page_style import STYLE

PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
$style</style>
</head>
<body>
<h1>$title</h1>
<table>
$conditions
</table>
<h2>Classes</h2>
<table>
$contents
</table>
<p><label>Show <select id="filter"><option value="">all classes</option>
$options
</select></label></p>
$sections
<script>
const filter = document.getElementById('filter');
function show() {
  for (const section of document.querySelectorAll('section')) {
    section.hidden = filter.value !== '' && section.dataset.group !== filter.value;
  }
}
filter.addEventListener('change', show);
// a link of the contents leads to its episode even where the filter hides it
window.addEventListener('hashchange', () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target && target.hidden) { filter.value = ''; show(); target.scrollIntoView(); }
});
show();
</script>
</body>
</html>
""")
SECTION = Template("""<section id="$anchor" data-group="$group">
<h2>$heading</h2>
$content
$lines
</section>""")


@dataclass(frozen=True)
class Entry:
    """One picture of a page.

    Args:
        group (str): What the filter chooses by: the class.
        label (str): Short name, of the link to the picture.
        heading (str): What stands above the picture.
        lines (tuple[str, ...]): What stands below it.
        picture (bytes, optional): A JPEG file. Defaults to None.
        error (str): Why there is no picture. Defaults to ''.
    """

    group: str
    label: str
    heading: str
    lines: tuple[str, ...] = ()
    picture: bytes | None = None
    error: str = ''


def render_page(
    title: str, conditions: Mapping[str, object], entries: Sequence[Entry]
) -> str:
    """Write a page: conditions, contents by group, a filter, then the entries.

    Args:
        title (str): Its title.
        conditions (Mapping[str, object]): What is shown, as names and values.
        entries (Sequence[Entry]): In the order of the page.

    Returns:
        str: HTML; every text in it is escaped.
    """
    groups = sorted({entry.group for entry in entries})
    return PAGE.substitute(
        title=escape(title),
        style=STYLE,
        conditions='\n'.join(_row(k, escape(str(v))) for k, v in conditions.items()),
        contents='\n'.join(_row(group, _links(group, entries)) for group in groups),
        options='\n'.join(
            f'<option value="{i}">{escape(group)}</option>'
            for i, group in enumerate(groups)
        ),
        sections='\n'.join(
            _section(place, entry, groups.index(entry.group))
            for place, entry in enumerate(entries)
        ),
    )


def _row(head: str, html: str) -> str:
    return f'<tr><th>{escape(head)}</th><td>{html}</td></tr>'


def _links(group: str, entries: Sequence[Entry]) -> str:
    return ' '.join(
        f'<a href="#e{place}">{escape(entry.label)}</a>'
        for place, entry in enumerate(entries)
        if entry.group == group
    )


def _section(place: int, entry: Entry, group: int) -> str:
    if entry.picture is None:
        content = f'<pre>{escape(entry.error)}</pre>'
    else:
        data = b64encode(entry.picture).decode()
        content = f'<img src="data:image/jpeg;base64,{data}" alt="">'
    return SECTION.substitute(
        anchor=f'e{place}',
        group=group,
        heading=escape(entry.heading),
        content=content,
        lines='\n'.join(f'<p>{escape(line)}</p>' for line in entry.lines),
    )
