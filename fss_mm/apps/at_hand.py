"""Models that can be opened without a download, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.config import Config
from torch import nn

from ..inference import FewShotInferencer
from ..models import encoder_licences
from ..publishing.public_config import config_of
from ..utils.config_files import config_names
from ..utils.config_options import read_config
from ..utils.files import read_text
from ..utils.model_folder import is_model_folder

STRATEGIES: dict[str, tuple[str, dict]] = {
    'as it is': ('The model as its config says', {}),
    'sharper edges': (
        'Masks follow edges of the photograph (guided filter)',
        dict(refiner='guided'),
    ),
    'three sizes': (
        'Each photograph is seen at 0.75, 1 and 1.25 of the size; slower',
        dict(cfg_options={'model.test_scales': (0.75, 1.0, 1.25)}),
    ),
    'each example alone': (
        'Examples are compared one by one, and probabilities averaged',
        dict(cfg_options={'model.shot_fusion': {}}),
    ),
}
"""How a model is used, by its name on the page: what it does, and how it is opened."""
_MOST = 20  # trained models that are looked for


@dataclass(frozen=True)
class ModelChoice:
    """A model that can be chosen.

    Args:
        title (str): On the page; no path of the machine.
        model (str | Path | Config): A config's name or file, a config, or a model
            folder.
        weights (str | Path, optional): A checkpoint, or a work folder. Defaults to
            None: those of the folder, or the config's initial ones.
        options (Mapping): More arguments of
            :class:`~fss_mm.inference.FewShotInferencer`.
    """

    title: str
    model: str | Path | Config
    weights: str | Path | None = None
    options: Mapping = ()  # type: ignore[assignment]


def choices_of(
    given: Sequence[Sequence[str]], options: Mapping, work_dirs: str | Path
) -> list[ModelChoice]:
    """The models that the page offers: those that were named, else those at hand.

    Args:
        given (Sequence[Sequence[str]]): Each a model, and perhaps its weights.
        options (Mapping): Arguments of the inferencer, for all.
        work_dirs (str | Path): Where trainings write.

    Raises:
        ValueError: If none was named, and there is none at hand.
    """
    found = [_choice(words, options) for words in given]
    found = found or [*_configs(options), *_trained(Path(work_dirs), options)]
    if not found:
        raise ValueError(
            'no model has its weights on this machine: name one, such as --model '
            'prototype/photographs (downloads a ResNet-50 once), --model FOLDER of a '
            'published model, or --model CONFIG WEIGHTS'
        )
    titles: dict[str, ModelChoice] = {}
    for one in found:
        title, number = one.title, 2
        while title in titles:
            title, number = f'{one.title} ({number})', number + 1
        titles[title] = ModelChoice(title, one.model, one.weights, one.options)
    return list(titles.values())


def open_choice(choice: ModelChoice, strategy: str) -> FewShotInferencer:
    """Open a model under a strategy.

    Raises:
        ValueError: If it cannot be opened so.
    """
    known = dict(choice.options)
    own = dict(STRATEGIES[strategy][1])
    options = dict(known.pop('cfg_options', None) or {}, **own.pop('cfg_options', {}))
    return FewShotInferencer(
        choice.model, choice.weights, cfg_options=options, **known | own
    )


def licence_of(choice: ModelChoice, model: nn.Module) -> str:
    """What is known of the licence: of a published folder, and of encoders' weights."""
    parts = []
    if isinstance(choice.model, (str, Path)) and is_model_folder(choice.model):
        file = Path(choice.model).expanduser() / 'LICENSE'
        text = read_text(file).strip() if file.is_file() else ''
        name = text.removeprefix('SPDX-License-Identifier:').strip()
        if text:
            parts.append(name if '\n' not in name else 'see its file LICENSE')
    encoders = encoder_licences(model)
    parts += [f'{name}: {terms}' for name, terms in encoders.items()]
    return '; '.join(parts) or 'not stated by the model'


def _choice(words: Sequence[str], options: Mapping) -> ModelChoice:
    model, *weights = words
    path = Path(model).expanduser()
    title = path.resolve().name if path.exists() else model
    if path.is_file():
        title = f'{path.resolve().parent.name}/{path.stem}'
    if weights:
        title = f'{title}, {Path(weights[0]).name}'
    return ModelChoice(title, model, weights[0] if weights else None, options)


def _configs(options: Mapping) -> Iterator[ModelChoice]:
    """Configs for photographs whose weights are here."""
    for name in config_names():
        if name.endswith('/photographs') and has_weights(read_config(name)):
            yield ModelChoice(name, name, None, options)


def _trained(folder: Path, options: Mapping) -> Iterator[ModelChoice]:
    """Work folders with a checkpoint, the last ones first."""
    if not folder.is_dir():
        return
    by_time = sorted(folder.iterdir(), key=lambda p: -p.stat().st_mtime)
    for path in by_time[:_MOST]:
        if not any(path.glob('*.pth')):
            continue
        try:
            yield ModelChoice(f'trained: {path.name}', config_of(path), path, options)
        except (OSError, ValueError):  # none, or several configs
            continue


def has_weights(cfg: Config) -> bool:
    """Whether all weights that a config starts from are on this machine."""
    return all(map(_is_here, _sources(cfg.get('model') or {})))


def _sources(value: object) -> Iterator[Mapping]:
    """Encoders and initial weights of a config, each with the weights that it names."""
    if isinstance(value, Mapping):
        if value.get('type') in ('TorchvisionBackbone', 'TimmBackbone'):
            yield value
        if 'checkpoint' in value:
            yield value
        for part in value.values():
            yield from _sources(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _sources(part)


def _is_here(source: Mapping) -> bool:
    if 'checkpoint' in source:
        return Path(str(source['checkpoint'])).is_file()
    weights = source.get('weights', 'IMAGENET1K_V1')
    if weights is None or Path(str(weights)).is_file():
        return True
    if source['type'] == 'TimmBackbone':
        return _timm_is_here(str(source['name']))
    from torchvision.models import get_model_weights

    entry = get_model_weights(source['name'])[str(weights)]
    kept = Path(torch.hub.get_dir()) / 'checkpoints'
    return (kept / entry.url.rpartition('/')[2]).is_file()


def _timm_is_here(name: str) -> bool:
    """Whether timm's weights of a network lie where its hub's client keeps them."""
    try:
        from huggingface_hub import try_to_load_from_cache
        from timm import get_pretrained_cfg
    except ImportError:
        return False
    known = get_pretrained_cfg(name)
    if known is None or not known.hf_hub_id:
        return False
    files = 'model.safetensors', 'pytorch_model.bin'
    return any(
        isinstance(try_to_load_from_cache(known.hf_hub_id, file), str) for file in files
    )
