"""A table's results as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fss_mm.evaluation.markdown import markdown_table

from .kinds import TESTS


def format_results(result: Mapping) -> str:
    """A title, a table for each test, checkpoint and score, and what they rest on.

    Args:
        result (Mapping): Of :func:`.command.result_of`.
    """
    sections = [f'# {result["title"]}', _caption(result)]
    for title, lines in grouped(result).items():
        sections += [f'## {title}', _table(result, lines)]
    if not result['lines']:
        sections.append('Nothing is finished yet.')
    sections += [_how(result), *_notes(result)]
    return '\n\n'.join(sections) + '\n'


def grouped(result: Mapping) -> dict[str, list[Mapping]]:
    """Lines by the table they stand in, which is named by test and checkpoint."""
    found: dict[str, list[Mapping]] = {}
    for line in result['lines']:
        test = '' if result['one_test_a_row'] else TESTS[line['test']].title
        checkpoint = line['shown'] and f'{line["shown"]} checkpoint'
        title = ', '.join(filter(None, (line['score'], test, checkpoint)))
        found.setdefault(title, []).append(line)
    return found


def _caption(result: Mapping) -> str:
    data = f'On {result["data"]}; ' if result['data'] else ''
    protocol = f'protocol {result["protocol"]}' if result['protocol'] else 'own rules'
    seeds = ', '.join(map(str, result['seeds']))
    options = ' '.join(f'{key}={value}' for key, value in result['options'].items())
    own = f'; options {options}' if options else ''
    return f'{data}budget {result["budget"]}; {protocol}; training seeds {seeds}{own}.'


def _changes(result: Mapping) -> list[str]:
    """What makes it another measurement than the paper's: its budget, its lists."""
    budget = result['budget'].partition(':')[0]
    return [budget] * (budget != 'full') + ['own lists'] * bool(result['lists'])


def _table(result: Mapping, lines: Sequence[Mapping]) -> str:
    folds = result['folds'] if result['folds'] != [None] else []
    with_published = any(line['published'] for line in lines)
    same, changes = result['same_data'], _changes(result)
    ours = f'ours ({", ".join(changes)})' if changes else 'ours'
    fair = same and not changes
    header = ['', *(f'fold {fold}' for fold in folds), ours, '95 % interval']
    header += ['to the first row'] if len(lines) > 1 else []
    where = '' if same else f' ({result["published_on"]})'
    header += [f'published{where}'] * with_published
    header += ['difference'] * (with_published and fair)
    rows = []
    for line in lines:
        cells = [_name(result, line), *(_fold(line, fold) for fold in folds)]
        cells += [_value(line), _interval(line)]
        cells += [_to_first(line)] if len(lines) > 1 else []
        cells += [_published(line)] * with_published
        cells += [_to_published(line)] * (with_published and fair)
        rows.append(cells)
    return markdown_table(header, rows)


def _name(result: Mapping, line: Mapping) -> str:
    tests = {other['test'] for other in result['lines']}
    if result['one_test_a_row'] and len(tests) > 1:
        return f'{line["row"]} ({TESTS[line["test"]].title})'
    return line['row']


def _fold(line: Mapping, fold: int) -> str:
    return _value(line['folds'].get(fold) or line['folds'].get(str(fold)) or {})


def _value(found: Mapping) -> str:
    if 'mean' not in found:
        return ''
    spread = f' ± {found["std"]:.1f}' if 'std' in found else ''
    return f'{found["mean"]:.1f}{spread}'


def _interval(line: Mapping) -> str:
    return f'{line["lower"]:.1f} to {line["upper"]:.1f}' if 'lower' in line else ''


def _to_first(line: Mapping) -> str:
    found = line.get('difference')
    if found is None:
        return ''
    bounds = f'{found["lower"]:+.1f} to {found["upper"]:+.1f}'
    return f'{found["difference"]:+.1f} ({bounds})'


def _published(line: Mapping) -> str:
    found = line['published'] or {}
    return '' if found.get('mean') is None else f'{found["mean"]:.2f}'


def _to_published(line: Mapping) -> str:
    found = line['published'] or {}
    if 'mean' not in line or found.get('mean') is None:
        return ''
    return f'{line["mean"] - found["mean"]:+.1f}'


def _how(result: Mapping) -> str:
    spread = ' ± standard deviation over trainings' * (len(result['seeds']) > 1)
    return (
        f'IoU in %{spread}. Ours is the mean over the folds; intervals are a bootstrap '
        'over episodes, paired where two rows are compared: they say nothing of other '
        'trainings, images or classes.'
    )


def _notes(result: Mapping) -> list[str]:
    notes = []
    if any(line['published'] for line in result['lines']):
        sources = {s['published']['source'] for s in result['lines'] if s['published']}
        notes.append(f'Published: {"; ".join(sorted(sources))}.')
    unsaid = {line['row']: line['open'] for line in result['lines'] if line['open']}
    if unsaid:
        items = '\n'.join(f'- {row}: {text}' for row, text in unsaid.items())
        notes.append(f'What the paper does not say, and what is done here:\n\n{items}')
    if result['left_out']:
        notes.append(f'Left out: {", ".join(result["left_out"])}.')
    codes = result['codes']
    if len(codes) > 1:
        notes.append(f'MADE BY {len(codes)} STATES OF THE CODE: {", ".join(codes)}.')
    return notes
