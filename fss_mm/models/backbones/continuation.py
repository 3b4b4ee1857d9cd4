"""Run the last layers of a backbone on other features than its own.

Shape letters: B any batch, C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


def run_layers(
    backbone: nn.Module, x: Tensor, level: int, layers: Sequence[str]
) -> Tensor:
    """What a backbone makes of something in the place of one of its levels.

    A backbone may have a ``run_layers(x, level, layers)`` of its own, as
    ``TorchvisionBackbone`` has. Of others the layers are called one after another.

    Args:
        backbone (nn.Module): With layers by these names, or a ``body`` that has them.
        x (Tensor): (B, C, h, w), in the place of a level.
        level (int): Which one.
        layers (Sequence[str]): Names of the modules behind it.

    Returns:
        Tensor: (B, C', h', w').

    Raises:
        ValueError: If there is no such layer, or if it does not follow on the level.
    """
    if hasattr(backbone, 'run_layers'):
        return backbone.run_layers(x, level, layers)
    channels = x.shape[1]
    for layer in _layers_of(backbone, layers):
        try:
            x = layer(x)
        except RuntimeError as error:
            if 'channels' not in str(error):
                raise
            raise ValueError(
                f'layers={tuple(layers)} of {_name(backbone)} do not follow on its '
                f'level {level}, which has {channels} channels; let the backbone give '
                'the level in front of them (out_indices), or name others '
                '(prior=dict(layers=(...)))'
            ) from error
    return x


def require_layers(backbone: nn.Module, layers: Sequence[str]) -> None:
    """Check that a backbone has layers by these names.

    Raises:
        ValueError: If not, with what to do.
    """
    if hasattr(backbone, 'require_layers'):
        backbone.require_layers(layers)
    elif not hasattr(backbone, 'run_layers'):
        _layers_of(backbone, layers)


def missing_layer(backbone: nn.Module, name: str, given: str) -> ValueError:
    """The word for a backbone without a layer.

    Args:
        backbone (nn.Module): The backbone.
        name (str): Of the layer.
        given (str): What it has instead.
    """
    return ValueError(
        f'{_name(backbone)} has no {name!r}, which the prior mask runs on masked '
        f'features ({given}); take a backbone with it, name its own last layers '
        '(prior=dict(layers=(...))), or leave the prior out (prior=None)'
    )


def _layers_of(backbone: nn.Module, names: Sequence[str]) -> list[nn.Module]:
    roots = [backbone, *filter(None, [getattr(backbone, 'body', None)])]
    found = []
    for name in names:
        for root in roots:
            try:
                found.append(root.get_submodule(name))
                break
            except AttributeError:
                continue
        else:
            last = [key for key, _ in roots[-1].named_children()][-3:]
            raise missing_layer(backbone, name, f'its last modules are {last}')
    return found


def _name(backbone: nn.Module) -> str:
    kind, name = type(backbone).__name__, getattr(backbone, 'name', None)
    return f'{kind} {name!r}' if isinstance(name, str) else kind
