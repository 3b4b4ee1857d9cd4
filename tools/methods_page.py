"""Write docs/methods.md: every method on a page, from its facts, config and metafile.

python tools/methods_page.py

Facts that no config knows are in docs/methods.yml. Parameters are counted: the config's
model is built without memory. Published figures are those of configs/*/metafile.yml.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE, FACTS = ROOT / 'docs/methods.md', ROOT / 'docs/methods.yml'
NOT_RUN, _SCORE = '*not run by us*', 'mIoU'
HEADER = """# Methods

A line for each method of the toolbox; below, what it is and how it is trained. The
page is made by `python tools/methods_page.py` from [methods.yml](methods.yml), the
configs and their metafiles, and a test compares them. To add a method, add an entry to
methods.yml and run it again.

Parameters are counted from the config that is named: those that it trains, and those
that stay as they are. *Published* are figures of papers on PASCAL-5^i, mIoU in percent:
of folds 0 to 3 and their mean, or what there is of it. We have run none of them. *Ours*
are of the smaller setting that is named, and not to be compared with them
([benchmarks.md](benchmarks.md)).

| method | year | encoder | trained | fixed | 1 shot | 5 shots | ours, 1 shot |
|---|---|---|---|---|---|---|---|
"""


def main() -> int:
    """Write the page; returns the exit code."""
    facts = read_facts()
    lacking = [*lacks(facts)]
    if lacking:
        print(f'docs/methods.yml has no entry of {", ".join(lacking)}', file=sys.stderr)
        return 1
    PAGE.write_text(page([Entry(each) for each in facts]), encoding='utf-8')
    print(f'written: {PAGE}')
    return 0


def read_facts() -> list[dict]:
    """The entries of docs/methods.yml."""
    return yaml.safe_load(FACTS.read_text(encoding='utf-8'))


def lacks(facts: Sequence[Mapping]) -> Iterator[str]:
    """Folders of configs with a metafile, and heads of fss_mm, that no entry has."""
    from fss_mm.models import FewShotDecodeHead
    from fss_mm.registry import MODELS
    from fss_mm.utils.config_options import read_config

    folders = {each['folder'] for each in facts}
    for path in sorted((ROOT / 'configs').glob('*/metafile.yml')):
        if path.parent.name not in folders:
            yield f'configs/{path.parent.name}'
    heads = {read_config(each['config']).model.decode_head.type for each in facts}
    heads |= {name for each in facts for name in each.get('also_heads', ())}
    for name, kind in sorted(MODELS.module_dict.items()):
        own = isinstance(kind, type) and kind.__module__.startswith('fss_mm.')
        if own and issubclass(kind, FewShotDecodeHead) and name not in heads:
            yield name


def page(entries: Sequence[Entry]) -> str:
    """The whole text, in Markdown."""
    rows = ''.join(entry.row() + '\n' for entry in entries)
    return HEADER + rows + ''.join('\n' + entry.section() for entry in entries)


class Entry:
    """One method: what is written of it, and what its config says.

    Args:
        facts (Mapping): An entry of docs/methods.yml.
    """

    def __init__(self, facts: Mapping) -> None:
        from fss_mm.utils.config_options import read_config

        self.facts = facts
        folder = ROOT / 'configs' / facts['folder']
        metafile = yaml.safe_load((folder / 'metafile.yml').read_text(encoding='utf-8'))
        (self.collection,) = metafile['Collections']
        self.models = {model['Name']: model for model in metafile['Models']}
        self.config = read_config(facts['config'])
        self.trained, self.fixed = count_parameters(self.config.model)

    @property
    def head(self) -> str:
        """Name of the head's class."""
        return self.config.model.decode_head.type

    @property
    def encoder(self) -> str:
        """Of the config, as the metafile calls it."""
        path = f'configs/{self.facts["config"]}.py'
        (model,) = (x for x in self.models.values() if x['Config'] == path)
        return model['Metadata']['Architecture'][0]

    def row(self) -> str:
        """A line of the table."""
        anchor = re.sub(r'[^\w-]', '', self.facts['name'].lower().replace(' ', '-'))
        one, five = (self.published(five) for five in (False, True))
        cells = (
            f'[{self.facts["name"]}](#{anchor})',
            str(self.facts.get('year', '')),
            self.encoder,
            f'{self.trained:,}',
            f'{self.fixed:,}',
            one,
            five,
            self.ours(),
        )
        return f'| {" | ".join(cells)} |'

    def published(self, five: bool) -> str:
        """Figures of the metafile, by fold where there are such, and their mean."""
        found: dict[str, float] = {}
        for name in self.facts['published']:
            for result in self.models[name].get('Results', ()):
                data = result['Dataset']
                if ('5-shot' in data) != five:
                    continue
                fold = data.rpartition('fold ')[2] if 'fold' in data else ''
                for metric, value in result['Metrics'].items():
                    found[f'{metric} (fold {fold})' if fold else metric] = value
        folds = [
            str(v) for k, v in sorted(found.items()) if k.startswith(f'{_SCORE} (')
        ]
        mean = [str(found[_SCORE])] if _SCORE in found else []
        if not (folds or mean) and 'FB-IoU' in found:
            mean = [f'FB-IoU {found["FB-IoU"]}']
        return '; '.join(filter(None, [', '.join(folds), *mean]))

    def ours(self) -> str:
        """Figures of docs/benchmarks.md, or that there are none."""
        ours = self.facts.get('ours')
        if ours is None:
            return NOT_RUN
        return f'{", ".join(map(str, ours[_SCORE]))} ({ours["of"]})'

    def section(self) -> str:
        """What the method is."""
        facts, paper = self.facts, self.collection.get('Paper')
        cited = 'No paper.'
        if paper is not None:
            title = ' '.join(paper['Title'].split())
            cited = f'[{title}]({paper["URL"]}), {facts["venue"]} {facts["year"]}.'
        code = self.collection['Code']
        lines = [
            f'## {facts["name"]}',
            '',
            f'{cited} Head: [{self.head}](../{code}); config: '
            f'[{facts["config"]}](../configs/{facts["config"]}.py), one of '
            f'[these](../configs/{facts["folder"]}/README.md).',
            '',
            f'- From support to query: {facts["passes"]}.',
            f'- Several supports: {facts["shots"]}.',
            f'- Training: {facts["training"]}{self.schedule()}.',
        ]
        if facts['published']:
            lines.append(f'- Figures: {"; ".join(self.sources())}.')
        return '\n'.join(lines) + '\n'

    def sources(self) -> list[str]:
        """Where the published figures are from, in the metafile's words."""
        models = (self.models[name] for name in self.facts['published'])
        return list(dict.fromkeys(x['Metadata']['Results From'] for x in models))

    def schedule(self) -> str:
        """Optimiser, batch and length of the config's training."""
        loop = self.config.get('train_cfg')
        if not loop:
            return ''
        optimizer = self.config.optim_wrapper.optimizer
        length = (
            f'{loop.max_epochs} epochs'
            if loop.get('max_epochs')
            else f'{loop.max_iters:,} iterations'
        )
        batch = self.config.train_dataloader.batch_size
        return (
            f'; {optimizer.type} at {optimizer.lr:g}, batches of {batch} a process, '
            f'{length}'
        )


def count_parameters(model: Mapping) -> tuple[int, int]:
    """Those that a model's config trains, and those that it does not.

    Args:
        model (Mapping): Config of a segmentor; it is built on the meta device.
    """
    import torch
    from mmengine.registry import init_default_scope

    from fss_mm.registry import MODELS

    init_default_scope('fss_mm')
    with torch.device('meta'):
        built = MODELS.build(model)
    counts = {True: 0, False: 0}
    for parameter in built.parameters():
        counts[parameter.requires_grad] += parameter.numel()
    return counts[True], counts[False]


if __name__ == '__main__':
    sys.exit(main())
