"""The examples of docs/extend/ run as they are written there."""

import importlib
import re
import sys

import numpy as np
import pytest
import torch
from mmengine.config import Config

from fss_mm.datasets.shapes_scene import draw_scene
from fss_mm.episodes import FixedEpisodeSampler
from fss_mm.inference.opening import build_segmentor
from fss_mm.protocols.protocol import load_protocol
from fss_mm.registry import DATASETS, EPISODE_DRAWS, MODELS
from fss_mm.structures import Episode
from fss_mm.testing import check_head
from tests.conftest import ROOT

PAGES = ROOT / 'docs/extend'


def blocks(page):
    """Python blocks of a page."""
    return re.findall(r'```python\n(.*?)```', (PAGES / page).read_text(), re.DOTALL)


@pytest.fixture
def module_of(tmp_path, monkeypatch):
    """Write a page's first block, import it, and forget it afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    for registry in (MODELS, DATASETS, EPISODE_DRAWS):
        monkeypatch.setattr(registry, '_module_dict', dict(registry._module_dict))
    made = []

    def write(page, number=0):
        text = blocks(page)[number]
        name = re.match(r'# (\w+)\.py\n', text).group(1)
        (tmp_path / f'{name}.py').write_text(text)
        made.append(name)
        return importlib.import_module(name)

    yield write
    for name in made:
        sys.modules.pop(name, None)


def test_a_head(module_of):
    module_of('add-a-head.md')
    config, check = blocks('add-a-head.md')[1:3]
    assert "type='MeanDistanceHead'" in config
    scope = {}
    exec(check, scope)
    with pytest.raises(TypeError):
        check_head(dict(type='MeanDistanceHead', in_channels=(6, 8), width=4))


def test_a_data_set(module_of, tmp_path, monkeypatch):
    module = module_of('add-a-data-set.md')
    (tmp_path / 'birds').mkdir()
    for number in range(12):
        image, mask = draw_scene(1, number, 32, num_classes=4)
        np.savez(tmp_path / f'birds/{number}.npz', image=image, mask=mask)
    monkeypatch.chdir(tmp_path)
    scope = vars(module)
    exec(blocks('add-a-data-set.md')[1], scope)
    dataset = scope['dataset']
    assert dataset.base_classes == (2, 3, 4)
    dataset = module.ArrayDataset(
        'birds', fold=0, query_pipeline=[dict(type='LoadFewShotMask')], test_mode=True
    )
    episode = next(iter(FixedEpisodeSampler(dataset, 1)))
    _, mask = draw_scene(1, int(dataset.index.names[episode.query]), 32, num_classes=4)
    truth = dataset[episode]['data_samples'].gt_sem_seg.data[0]
    assert np.array_equal(truth == 1, mask == 1)


def test_a_protocol(tmp_path, module_of):
    path = tmp_path / 'my_rules.py'
    path.write_text(blocks('add-a-protocol.md')[0])
    rules = load_protocol(path, 'FewShotShapesDataset')
    assert (rules.name, rules.num_episodes, rules.void) == ('my_rules', 40, 'ignore')
    draw = module_of('add-a-protocol.md', 1).next_images

    class Candidates:
        classes = (2, 5)
        images = {2: np.array([0, 3, 4]), 5: np.array([1, 2])}

    assert draw(Candidates, 1, 0, 0) == Episode(2, 0, (3,), 0, 0)
    assert draw(Candidates, 2, 1, 2) == Episode(2, 4, (0, 3), 1, 2)
    assert 'next_images' in EPISODE_DRAWS


def test_a_strategy(module_of, tmp_path):
    module_of('add-a-strategy.md')
    toy = dict(
        type='SelfSupportSegmentor',
        backbone=dict(type='StandInBackbone', channels=(6,), strides=(8,)),
        decode_head=dict(type='PrototypeHead', in_channels=(6,), in_index=(0,)),
    )
    inputs = dict(
        query=torch.rand(2, 3, 33, 33),
        support=torch.rand(2, 1, 3, 33, 33),
        support_mask=torch.ones(2, 1, 33, 33, dtype=torch.uint8),
    )
    inputs['support_mask'][..., :16] = 0
    logits = {}
    for sure in (0.0, 2.0):  # all cells are sure, and none
        torch.manual_seed(0)
        model = build_segmentor(Config(dict(model=toy | dict(sure=sure)))).eval()
        with torch.no_grad():
            query, supports = model.encode(inputs)
            known = model.represent(model.describe_supports(supports))
            logits[sure] = model.segment(model.describe_queries(query), known)
            plain = model.decode_head(query, supports).query_logits
    assert torch.equal(logits[2.0], plain), 'without sure cells there is one look'
    assert not torch.allclose(logits[0.0], plain)
