"""Faults that a GPU would show, found without one.

A tensor that is made without naming its device lies on the default one. With the meta
device as default, over inputs and weights on the CPU, whatever forgets its device
collides at the first operation. Heads by themselves: fss_mm.testing.
"""

import copy

import pytest
import torch

from tests.models.builders import batch, run
from tests.models.builders import segmentor_with as build

STRATEGIES = dict(
    fusion=dict(shot_fusion=dict()),
    tuning=dict(shot_fusion=dict(), fine_tuning=dict(steps=3)),
    scales=dict(test_scales=(0.5, 1)),
    channels_last=dict(arithmetic=dict(channels_last=True)),
)
LEVELS = dict(type='StandInBackbone', channels=(64, 128))
AVERAGING = dict(
    type='FewShotDataPreProcessor', input_channel_averaging=dict(prob=0.5, decay=0.0)
)


def small_objects(n=2, k=1):
    """A batch in which one class is lost by plain down-sampling of its mask."""
    data = batch(n=n, k=k)
    mask = data['inputs']['support_mask'][0]
    mask.zero_()
    mask[:, 3, 3] = 1
    return data


def elsewhere(model, data, mode):
    """Forward (and backward) with everything unnamed on the meta device."""
    data = model.data_preprocessor(copy.deepcopy(data), training=mode == 'loss')
    with torch.device('meta'):
        found = model(**data, mode=mode)
        if mode == 'loss':
            total = model.parse_losses(found)[0]
            if total.requires_grad:
                total.backward()
    return found


def test_the_trap_works():
    x = torch.ones(3)
    with torch.device('meta'), pytest.raises((RuntimeError, NotImplementedError)):
        x + torch.zeros(3)


@pytest.mark.parametrize('kind', ['SimPropHead', 'CRNetHead', 'NearestColorHead'])
@pytest.mark.parametrize('name', STRATEGIES)
def test_strategies(name, kind):
    k = 1 if name in ('scales', 'channels_last') else 3
    model = build(kind, backbone=LEVELS, **STRATEGIES[name]).eval()
    found = elsewhere(model, small_objects(k=k), 'predict')
    for a, b in zip(found, run(model, small_objects(k=k), 'predict')):
        assert 'diverged' not in a
        assert torch.equal(a.seg_logits.data, b.seg_logits.data)


def test_diverged_classes():
    wild = dict(steps=2, optimizer=dict(type='SGD', lr=1e20))
    model = build('SimPropHead', fine_tuning=wild).eval()
    assert all(x.diverged for x in elsewhere(model, batch(k=2), 'predict'))


@pytest.mark.parametrize('bank', [{}, dict(half=True), 'folder'])
def test_banks_of_features(bank, tmp_path):
    bank = dict(folder=str(tmp_path)) if bank == 'folder' else bank
    model = build('CRNetHead', feature_bank=bank).train()
    for _ in range(2):  # made, then found
        losses = elsewhere(model, batch(), 'loss')
        assert all(x.isfinite() for x in losses.values())


def test_the_data_preprocessor():
    model = build('SimPropHead', data_preprocessor=AVERAGING)
    loaded = batch(n=8, size=9)
    with torch.device('meta'):
        data = model.data_preprocessor(loaded, training=True)
    assert {x.device.type for x in data['inputs'].values()} == {'cpu'}
