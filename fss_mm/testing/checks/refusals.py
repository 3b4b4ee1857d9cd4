"""Bad input: refused in a line that names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from ..case import HeadCase
from ..results import head_check, require, skip_unless


@head_check(
    'supports that a head cannot look at would give a mask all the same, or an error '
    'from inside of torch'
)
def check_number_of_shots(case: HeadCase) -> None:
    """None at all, and more than max_shots."""
    model = case.model()
    _require_refused(
        lambda: model.decode_head(*case.features(model, 2, 0)),
        ('num_shots', 'shot', 'support'),
        'episodes without supports',
    )
    most = model.decode_head.max_shots
    if most is not None:
        _require_refused(
            lambda: model.decode_head(*case.features(model, 2, most + 1)),
            ('support', 'shot'),
            f'{most + 1} supports for max_shots = {most}',
        )


@head_check(
    'an encoder and a head that do not fit are the commonest mistake in a config'
)
def check_levels_that_do_not_fit(case: HeadCase) -> None:
    """Levels of other widths, and too few of them."""
    model = case.model()
    query, supports = case.features(model)
    wider = tuple(torch.cat([x, x[:, :1]], 1) for x in query.levels)
    fewer = query.levels[: max(model.decode_head.in_index, default=0)]
    named = 'in_channels', 'in_index'
    _require_refused(
        lambda: model.decode_head(replace(query, levels=wider), supports),
        named,
        'levels of more channels than in_channels',
    )
    _require_refused(
        lambda: model.decode_head(replace(query, levels=fewer), supports),
        named,
        f'{len(fewer)} levels for in_index={model.decode_head.in_index}',
    )


@head_check('a misspelt argument would be left out without a word')
def check_unknown_argument(case: HeadCase) -> None:
    """An argument that the head does not have."""
    skip_unless(case.from_config, f'{case.name} was given built: no arguments')
    try:
        case.build_with(no_such_argument=1)
    except (TypeError, ValueError) as error:
        said = str(error)
        require(
            'no_such_argument' in said, f'{said!r} does not name the unknown argument'
        )
    else:
        require(False, 'no_such_argument=1 is taken without an error')


def _require_refused(
    action: Callable[[], object], words: tuple[str, ...], given: str
) -> None:
    """Fail the check unless it is a ValueError of one line that names what is wrong."""
    expected = f'expected a ValueError that names {" or ".join(words)}'
    try:
        with torch.no_grad():
            action()
    except ValueError as error:
        said = str(error)
        fine = any(word in said for word in words) and '\n' not in said
        require(fine, f'{given} are refused by {said!r}, {expected}')
    except Exception as error:  # whatever else comes is what is wrong
        said = f'{type(error).__name__}: {error}'.partition('\n')[0]
        require(False, f'{given} give {said}, {expected}')
    else:
        require(False, f'{given} are taken without a word, {expected}')
