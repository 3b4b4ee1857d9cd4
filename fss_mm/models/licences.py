"""Under which licences the weights of encoders may be passed on."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from mmengine.logging import print_log
from torch import nn

# that ask for nothing but to be named; what is not among them is read by the user
PERMISSIVE = frozenset(
    ('apache-2.0', 'bsd-2-clause', 'bsd-3-clause', 'cc-by-4.0', 'cc0-1.0', 'mit')
)


def encoder_licences(model: nn.Module) -> dict[str, str]:
    """Licences of the weights that a segmentor's encoders come with, by their names.

    It is that of the weights of an encoder's name, whatever is loaded into it: weights
    that were trained on from them are made of them. Encoders that do not say
    (``weights_licence``) are not among them.

    Args:
        model (nn.Module): A segmentor.
    """
    # also encoders in a wrapper, such as PositionalDebias
    known = [e for e in model.modules() if getattr(e, 'weights_licence', None)]
    return {encoder.name: encoder.weights_licence for encoder in known}


def require_accepted(licences: Mapping[str, str], accepted: bool) -> None:
    """Check that terms of passing weights on are known to whoever does it.

    Args:
        licences (Mapping[str, str]): Of :func:`encoder_licences`.
        accepted (bool): Whether the user has accepted them; they are said then.

    Raises:
        ValueError: If a licence restricts it, and was not accepted.
    """
    asking = {k: v for k, v in licences.items() if v.lower() not in PERMISSIVE}
    if not asking:
        return
    text = ', '.join(f'weights of {name}: {terms}' for name, terms in asking.items())
    if not accepted:
        raise ValueError(
            f'{text}: this licence restricts how they, and what is made of them, are '
            'passed on. Read it where the weights come from (docs/encoders.md); if it '
            'allows what you do, add --accept-licence (accept_licence=True)'
        )
    print_log(f'{text} (accepted)', 'current', logging.WARNING)
