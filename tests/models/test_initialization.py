"""Trainings start near equal probabilities, and everything learns from the start."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config

from fss_mm.registry import MODELS
from tests.conftest import ROOT
from tests.models.builders import features


def heads_of_configs():
    """Each head that a config trains, once."""
    heads = {}
    for path in sorted((ROOT / 'configs').rglob('*.py')):
        cfg = '_base_' not in path.parts and Config.fromfile(path)
        if cfg and cfg.train_cfg is not None:
            name = f'{path.parent.name}/{path.stem}'
            heads.setdefault(str(cfg.model.decode_head), (name, cfg.model.decode_head))
    return dict(heads.values())


HEADS = heads_of_configs()


def first_outputs(head, spread=1.0):
    """Of a training, from features of a mean and a spread."""
    channels = head['in_channels']
    indices = head.get('in_index') or range(len(channels))
    levels = dict(zip(indices, channels))
    data = features(2, channels=[levels.get(i, 1) for i in range(max(levels) + 1)])
    query, supports = (value.map(lambda x: x * 2 * spread) for value in data)
    model = MODELS.build(head)
    model.init_weights()
    return model, model.train()(query, supports)


@pytest.mark.parametrize('name', HEADS)
def test_first_losses_are_those_of_equal_probabilities(name):
    """ln 2 is 0.69."""
    _, output = first_outputs(HEADS[name])
    for logits in logits_of(output):
        target = torch.arange(logits[:, 0].numel()).view_as(logits[:, 0]) % 2
        assert F.cross_entropy(logits, target) < 1.2


def logits_of(output):
    """(B, 2, h, w) of the query, of supports, and of decoders for training alone."""
    outputs = [output, *output.training_outputs.values()]
    supports = [o.support_logits for o in outputs if o.support_logits is not None]
    return [o.query_logits for o in outputs] + [x.flatten(0, 1) for x in supports]
