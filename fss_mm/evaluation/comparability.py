"""Whether two reports measure the same thing, and what else tells them apart.

Two scores may be compared if they answer the same questions, marked by the same rules:
the same episodes of the same classes and masks, scored on the same pixels. What the
protocol is called does not matter then. All the rest (weights, training, strategies,
versions) is what a comparison is about: it is told, and forbids nothing.

Of two settings of a test that are not fair to compare, ``identical_inputs`` changes the
supports and with them the episodes; it is named all the same, as the cause. Passes that
were chosen by the labels of the test leave the episodes as they are and raise the score
by looking at the answers: where only one of the two did that, they are not comparable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .protocol_block import protocol_title

NEEDED = ('mean', 'interval', 'protocol', 'episodes', 'episodes_sha256', 'provenance')
EPISODES = 'episodes'

RULES: dict[str, Callable[[Mapping], object]] = {
    EPISODES: lambda report: report['episodes_sha256'],
    'seeds': lambda report: report['seeds'],
    'episodes of a seed': lambda report: report['num_episodes'],
    'data set': lambda report: report['data'].get('dataset'),
    'masks (sha256 of the index)': lambda report: report['data'].get('index_sha256'),
    'classes': lambda report: tested_classes(report),
    'fold': lambda report: report['fold'],
    'shots': lambda report: report['num_shots'],
    'resolution': lambda report: report['resolution'],
    'void': lambda report: _rule(report, 'void'),
    'identical inputs': lambda report: _told(report, 'identical_inputs'),
    'passes chosen by labels': lambda report: _told(report, 'label_stopped_passes'),
}
OF_THE_LIST = {EPISODES, 'seeds', 'episodes of a seed'}
SEEN_AS_RULES = (
    *(f'protocol {n}' for n in ('name', 'deviations', 'void')),
    *(f'data {n}' for n in ('protocol', 'fold', 'num_shots', 'classes')),
    'provenance identical_inputs',
)


def check_report(report: Mapping, name: str) -> None:
    """Check that a file's content is a report that can be compared.

    Raises:
        ValueError: If it is none, or of a former version of the toolbox.
    """
    missing = [key for key in NEEDED if key not in report]
    if 'episodes_sha256' in missing or 'episodes' in missing:
        raise ValueError(f'{name} is no report of fss-mm test: it lacks {missing}')
    if missing or not isinstance(report['protocol'], Mapping):
        raise ValueError(
            f'{name} is a report of a former version '
            f'({report.get("versions", {}).get("fss_mm", "unknown")}): its protocol is '
            f'{report.get("protocol")!r}, expected a block of rules, and intervals '
            'beside the scores. Test again with this version to compare it'
        )


def tested_classes(report: Mapping) -> list[str]:
    """Names of the classes that have episodes, in the order of their ids."""
    names = report['data']['classes']
    return [names[c - 1] for c in sorted({e['class_id'] for e in report['episodes']})]


def protocol_of(report: Mapping) -> str:
    """The protocol's name and what deviates from it, in whatever order it was told."""
    deviations = sorted(report['protocol'].get('deviations') or ())
    return protocol_title(report['protocol'] | dict(deviations=deviations))


def obstacles(a: Mapping, b: Mapping) -> dict[str, tuple]:
    """What forbids to compare two reports: name to both values; empty if nothing."""
    found = {name: (rule(a), rule(b)) for name, rule in RULES.items()}
    found = {name: values for name, values in found.items() if values[0] != values[1]}
    if EPISODES not in found:
        found |= _other_pixels(a, b)
    return found


def only_episodes_differ(found: Mapping[str, tuple]) -> bool:
    """Whether :func:`obstacles` found other episodes and nothing else."""
    return EPISODES in found and set(found) <= OF_THE_LIST


def remarks(a: Mapping, b: Mapping) -> dict[str, tuple]:
    """What differs and forbids nothing: name to both values."""
    found: dict[str, tuple] = {}
    for part in ('provenance', 'protocol', 'data', 'versions'):
        found |= _differing(part, a.get(part, {}), b.get(part, {}))
    for name in SEEN_AS_RULES:
        found.pop(name, None)
    titles = protocol_of(a), protocol_of(b)
    if titles[0] != titles[1]:
        found['protocol'] = titles
    diverged = a.get('num_diverged', 0), b.get('num_diverged', 0)
    empty = _empty_supports(a), _empty_supports(b)
    if empty[0] != empty[1]:
        found['empty supports'] = empty
    return found | ({'diverged episodes': diverged} if any(diverged) else {})


def _other_pixels(a: Mapping, b: Mapping) -> dict[str, tuple]:
    """Episodes whose numbers of scored pixels differ, whatever the reports say.

    Foreground union and background intersection are all pixels that count. They differ
    with the size of the masks and with the rule for void pixels.
    """
    pixels = [
        [episode['counts'][1] + episode['counts'][2] for episode in report['episodes']]
        for report in (a, b)
    ]
    other = [i for i, (p, q) in enumerate(zip(*pixels)) if p != q]
    if not other:
        return {}
    episode = a['episodes'][other[0]]
    name = (
        f'scored pixels ({len(other)} episodes; first: seed {episode["seed"]}, '
        f'number {episode["number"]})'
    )
    return {name: (pixels[0][other[0]], pixels[1][other[0]])}


def _differing(part: str, a: Mapping, b: Mapping) -> dict[str, tuple]:
    """Entries that differ, those of nested dicts one by one."""
    found: dict[str, tuple] = {}
    for key in dict.fromkeys([*a, *b]):
        one, other = a.get(key), b.get(key)
        if isinstance(one, Mapping) or isinstance(other, Mapping):
            found |= _differing(f'{part} {key}', one or {}, other or {})
        elif one != other:
            found[f'{part} {key}'] = (one, other)
    return found


def _rule(report: Mapping, name: str) -> object:
    """A rule of the protocol's block, its name with blanks or underscores."""
    block = report['protocol']
    return block.get(name, block.get(name.replace(' ', '_')))


def _told(report: Mapping, name: str) -> bool:
    return bool(report['provenance'].get(name))


def _empty_supports(report: Mapping) -> int:
    """Supports without a pixel of their class; 0 in a report that does not count."""
    return sum(report.get('empty_masks', {}).get('supports', {}).values())
