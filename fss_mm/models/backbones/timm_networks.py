"""timm's networks by name: built, and their weights read.

timm is imported when a network is built, not before.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...utils.checkpoint_files import read_checkpoint, state_dict_of
from ...utils.extras import require
from ...utils.hub_errors import hub_asked_once, hub_error

PRETRAINED = 'pretrained'
_LONGEST = 200  # letters of a reason


def build_network(name: str, output_stride: int | None = None) -> nn.Module:
    """Make a network with random weights and without its classifier.

    A transformer takes images of any size, wherever timm can make it so.

    Args:
        name (str): As in ``timm.list_models()``, or with the name of its weights behind
            a dot, as in ``timm.list_pretrained()``.
        output_stride (int, optional): Largest stride of a convolutional network.
            Defaults to None: its own.

    Raises:
        ImportError: If timm is not installed.
        ValueError: If there is no such network, or it cannot have that stride.
    """
    require('timm', 'encoders')
    _require_known(name)
    if output_stride is None:
        return _create(name, num_classes=0)
    try:
        return _create(name, num_classes=0, output_stride=output_stride)
    except (AssertionError, NotImplementedError, TypeError) as error:
        raise ValueError(
            f'output_stride={output_stride}: timm cannot change the stride of {name} '
            'to it; choose 8, 16 or 32 for a ResNet and the like, or leave it out'
        ) from error


def describe_levels(network: nn.Module) -> list[dict[str, Any]]:
    """What timm notes of all levels: ``num_chs``, ``reduction`` and the like."""
    known = network.feature_info
    return list(getattr(known, 'info', known))


def keep_levels(
    network: nn.Module, out_indices: Sequence[int], final_norm: bool, name: str
) -> tuple[int, ...]:
    """Take off the layers behind the last chosen level, in place.

    Args:
        network (nn.Module): Of :func:`build_network`.
        out_indices (Sequence[int]): Levels; negative ones count from the last.
        final_norm (bool): Whether the norm behind the last level stays.
        name (str): The network's.

    Returns:
        tuple[int, ...]: The same levels, counted from 0.

    Raises:
        ValueError: If there is no such level.
    """
    count = len(describe_levels(network))
    chosen = tuple(out_indices)
    wrong = [i for i in chosen if not -count <= i < count]
    if wrong or not chosen:
        raise ValueError(
            f'out_indices={chosen}: {name} has {count} levels, expected some of 0 to '
            f'{count - 1}, or of -1 to {-count} from the last'
        )
    chosen = tuple(i % count for i in chosen)
    network.prune_intermediate_layers(
        sorted(set(chosen)), prune_norm=not final_norm, prune_head=True
    )
    return chosen


def load_into(network: nn.Module, name: str, weights: str) -> None:
    """Load weights as timm does: it knows the forms that they come in.

    Args:
        network (nn.Module): Of :func:`build_network`, perhaps without its last layers.
        name (str): Its name.
        weights (str): 'pretrained': timm's own, from the hub. Else a file, which is
            read as plain data.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the weights are of another network.
        OSError: If they cannot be downloaded.
    """
    if weights == PRETRAINED:
        source = _download(network, name)
    else:
        source = _from_file(network, name, weights)
    own, found = network.state_dict(), source.state_dict()
    network.load_state_dict({key: found[key] for key in own})


def _create(name: str, **options: Any) -> nn.Module:
    import timm

    try:
        return timm.create_model(name, dynamic_img_size=True, **options)
    except TypeError as error:
        if 'dynamic_img_size' not in str(error):
            raise
    return timm.create_model(name, **options)


def _require_known(name: str) -> None:
    import timm

    network, _, tag = name.partition('.')
    known = timm.list_models() + timm.list_pretrained()
    if timm.is_model(network) and (not tag or name in known):
        return
    near = get_close_matches(name, known, 3)
    hint = f'; did you mean {" or ".join(map(repr, near))}?' if near else ''
    raise ValueError(
        f'name={name!r} is no network of timm {timm.__version__}{hint or "; "}'
        + ('' if hint else 'timm.list_pretrained() lists them')
    )


def _download(network: nn.Module, name: str) -> nn.Module:
    facts = network.pretrained_cfg
    repo, url = facts.get('hf_hub_id'), facts.get('url')
    if not repo and not url:
        raise ValueError(
            f"weights='pretrained': timm has none of {name}; name a file, or None "
            '(random)'
        )
    try:
        with hub_asked_once():
            return _create(name, pretrained=True)
    except Exception as error:  # of many kinds, of the client and of what it uses
        found = hub_error(error, repo or name)
        page = f'https://huggingface.co/{repo}/tree/main' if repo else url
        raise type(found)(
            f'{found}. Where there is a network, download model.safetensors (or the '
            f'.bin) from {page}, and give its path: --cfg-options '
            'model.backbone.weights=path/to/model.safetensors '
            '(model.backbone.backbone.weights in a PositionalDebias)'
        ) from error


def _from_file(network: nn.Module, name: str, weights: str) -> nn.Module:
    if not Path(weights).expanduser().is_file():
        raise FileNotFoundError(
            f'weights={weights!r}: there is no such file; expected the path of one, '
            "'pretrained' (timm's own) or None (random)"
        )
    state = dict(state_dict_of(read_checkpoint(weights)))
    state = _with_classifier(state, network, name)
    try:
        return _create(
            name, pretrained=True, pretrained_cfg_overlay=dict(state_dict=state)
        )
    except Exception as error:  # of many kinds: timm converts them before it looks
        reason = textwrap.shorten(str(error), _LONGEST, placeholder=' ...')
        raise ValueError(
            f'weights {weights!r} do not fit {name}: {reason}; give a state dict '
            'of this network'
        ) from error


def _with_classifier(
    state: Mapping[str, Tensor], network: nn.Module, name: str
) -> dict[str, Tensor]:
    """A state dict in which timm finds its own classifier, which is not used.

    That of the file may be of other classes: of a fine-tuned network.
    """
    names = network.pretrained_cfg.get('classifier') or ()
    names = (names,) if isinstance(names, str) else tuple(names)
    if not names:
        return dict(state)
    with torch.device('meta'):
        whole = _create(name).state_dict()
    heads = tuple(f'{one}.' for one in names)
    own = {k: v for k, v in whole.items() if k.startswith(heads)}
    kept = {k: v for k, v in state.items() if k not in own}
    return kept | {k: torch.zeros(v.shape) for k, v in own.items()}
