"""Trainings start near equal probabilities, and everything learns from the start."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config

from fss_mm.models import FewShotDecodeHead
from fss_mm.registry import MODELS
from tests.conftest import ROOT
from tests.models.builders import features


def heads_of_configs():
    """Each few-shot head that a config trains, once; those of VOC-8 need its encoders.

    Not those whose supports have an encoder of their own: their first losses are its.
    """
    heads = {}
    for path in sorted((ROOT / 'configs').rglob('*.py')):
        if {'_base_', 'voc8'} & {*path.parts}:
            continue
        cfg = Config.fromfile(path)
        kind = MODELS.get(cfg.model.decode_head.type)
        if not issubclass(kind, FewShotDecodeHead) or 'support_backbone' in cfg.model:
            continue
        if cfg.train_cfg is not None:
            name = f'{path.parent.name}/{path.stem}'
            heads.setdefault(str(cfg.model.decode_head), (name, cfg.model.decode_head))
    return dict(heads.values())


HEADS = heads_of_configs()


def first_step(head, scale=1.0):
    """The head as a training begins, and its output of two random episodes."""
    if head['type'] == 'PFENetHead':  # whose sides are those of larger maps
        head = head | dict(enrichment=dict(scales=(1.0, 0.5)))
    torch.manual_seed(0)
    model = MODELS.build(head)
    model.init_weights()
    channels = dict(zip(model.in_index, model.in_channels))
    data = features(2, channels=[channels.get(i, 1) for i in range(max(channels) + 1)])
    query, supports = (value.map(lambda x: x * scale) for value in data)
    if 'masked_stage' in model.support_views:  # of a prior mask
        views = supports.views | dict(masked_stage=supports.levels[-1:])
        supports = replace(supports, views=views)
    return model, model.train()(query, supports)


def losses(output):
    """Cross-entropies of all masks that are predicted in training."""
    outputs = [output, *output.training_outputs.values()]
    supports = [o.support_logits for o in outputs if o.support_logits is not None]
    found = []
    for logits in [o.query_logits for o in outputs] + [
        x.flatten(0, 1) for x in supports
    ]:
        target = torch.arange(logits[:, 0].numel()).view_as(logits[:, 0]) % 2
        found.append(F.cross_entropy(logits, target))
    return torch.stack(found)


@pytest.mark.parametrize('name', HEADS)
def test_first_losses_are_those_of_equal_probabilities(name):
    """ln 2 is 0.69."""
    _, output = first_step(HEADS[name])
    assert losses(output).max() < 1.2


def test_the_gate_of_the_paper_learns():
    """Its gradient is above the weight decay; from N(0, 0.01) it is a thirtieth."""
    head, output = first_step(HEADS['crnet/fold0'])
    losses(output).sum().backward()
    for layer in head.cross_reference.gates[0][::2]:
        assert layer.weight.grad.norm() > 5e-4 * layer.weight.norm()


@pytest.mark.parametrize('kind', ['SimPropHead', 'CANetHead', 'CRNetHead'])
def test_levels_of_one_length_begin_alike_on_any_encoder(kind):
    head = dict(type=kind, in_channels=(6, 8), channels=8, unit_levels=True)
    outputs = [first_step(head, scale)[1].query_logits for scale in (0.05, 20.0)]
    assert torch.allclose(*outputs, atol=1e-5)
