"""The card of a model, ``README.md``, in the form of the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from ..evaluation.protocol_block import protocol_title
from ..evaluation.report_text import headline
from ..utils.model_folder import CONFIG, WEIGHTS
from ..utils.text import shorten
from .licences import Licence

_CARD = """---
{front}---

# {title}

A few-shot segmentation model of fss_mm. Show it one to a few images with masks of a
class that it was never trained on; it segments that class in new images.

| | |
|---|---|
{facts}

## Use

```python
from fss_mm import FewShotInferencer

model = FewShotInferencer('{name}')
model.add_class('mug', ['mug.jpg'], ['mug_mask.png'])
result = model('table.jpg')
```

`{config}` is read as data, not run, and `{weights}` holds tensors and text alone.
{trust}"""
_TRUST = """
Its config imports modules, which come with another package: {modules}. Install that,
and open the folder with `trust=True`.
"""


@dataclass(frozen=True)
class ModelFacts:
    """What a card says.

    Args:
        name (str): Of the folder, or of the model on the hub.
        method (str): Type of the head.
        encoder (str): The backbone.
        base_classes (tuple[str, ...]): All that the weights were ever trained on.
        datasets (tuple[str, ...]): Likewise.
        unknown (tuple[str, ...]): What in their past is not known.
        modules (tuple[str, ...]): That the config imports.
        encoder_licences (tuple[str, ...]): Of the weights that its encoders come with.
    """

    name: str
    method: str
    encoder: str
    base_classes: tuple[str, ...]
    datasets: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    encoder_licences: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, name: str, fields: Mapping, history: Mapping, licences: Mapping
    ) -> ModelFacts:
        """The facts of a published config, a training history and licences."""
        model, modules = fields['model'], fields.get('custom_imports') or {}
        return cls(
            name,
            str(model['decode_head']['type']),
            _encoder(model['backbone']),
            *(tuple(history[key]) for key in ('classes', 'datasets', 'unknown')),
            modules=tuple(modules.get('imports') or ()),
            encoder_licences=tuple(f'{v} ({k})' for k, v in licences.items()),
        )


def format_card(facts: ModelFacts, licence: Licence, report: Mapping | None) -> str:
    """The text of a card.

    Args:
        facts (ModelFacts): Of the model.
        licence (Licence): Of the model.
        report (Mapping, optional): Of a test of it, as it is published.
    """
    rows = dict(
        method=facts.method,
        encoder=facts.encoder,
        **{'base classes': shorten(facts.base_classes, 100) or 'not known'},
        **{'trained on': ', '.join(facts.datasets) or 'not known'},
        **{'not known': 'the past of ' + ', '.join(facts.unknown)} if facts.unknown
        else {},
        **_score(report),
        **{'licence of the encoder': ', '.join(facts.encoder_licences)}
        if facts.encoder_licences
        else {},
        licence=licence.name if licence.name != 'other' else '[LICENSE](LICENSE)',
    )  # fmt: skip
    trust = _TRUST.format(modules=', '.join(facts.modules)) if facts.modules else ''
    return _CARD.format(
        front=yaml.safe_dump(_front(facts, licence), sort_keys=False),
        title=facts.name,
        facts='\n'.join(f'| {key} | {_cell(value)} |' for key, value in rows.items()),
        name=facts.name,
        config=CONFIG,
        weights=WEIGHTS,
        trust=trust,
    )


def _front(facts: ModelFacts, licence: Licence) -> dict[str, Any]:
    own_text = dict(license_name='own', license_link='LICENSE')
    return dict(
        library_name='fss_mm',
        license=licence.name.lower(),  # the hub's identifiers are
        **own_text if licence.name == 'other' else {},
        pipeline_tag='image-segmentation',
        tags=['few-shot-segmentation', 'mmsegmentation', facts.method],
        base_classes=list(facts.base_classes),
    )


def _score(report: Mapping | None) -> dict[str, str]:
    if report is None:
        return dict(score='not given')
    what = f'{report.get("num_shots")}-shot, fold {report.get("fold")}'
    return dict(
        score=headline(report),
        protocol=f'{protocol_title(report["protocol"])} ({what}; report.md)',
    )


def _encoder(backbone: Mapping) -> str:
    if isinstance(backbone.get('backbone'), Mapping):  # a wrapper
        return f'{_encoder(backbone["backbone"])} in {backbone["type"]}'
    named = (backbone.get(key) for key in ('name', 'arch', 'depth'))
    which = next((str(name) for name in named if name is not None), '')
    return f'{backbone["type"]} {which}'.strip()


def _cell(text: str) -> str:
    return str(text).replace('|', '\\|').replace('\n', ' ')
