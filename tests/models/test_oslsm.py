"""OSLSM against its description written out in plain torch, in float64."""

import pytest
import torch
import torch.nn.functional as F
import torchvision
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper

from fss_mm.models import OSLSMHead
from fss_mm.models.backbones.torchvision_networks import fitted_weights
from fss_mm.models.layers import WeightHashing
from fss_mm.registry import MODELS
from tests.conftest import ROOT
from tests.models.builders import batch, build_segmentor, run
from tests.models.test_co_fcn import SIZE, SMALL, enlarged, episodes

GRID = dict(stride=4, padding=5, kernel_size=1)
SIZES = dict(in_channels=(5,), support_channels=7)


def head(**kwargs):
    return OSLSMHead(**SIZES | dict(grid=GRID) | kwargs).double().eval()


def data(k=3):
    query, _ = episodes(k=k)
    return query, episodes(k=k, channels=7)[1]


@pytest.fixture(scope='module')
def full_size():
    """The whole model's shapes, and its config."""
    cfg = Config.fromfile(ROOT / 'configs/oslsm/fold0.py')
    with torch.device('meta'):
        return MODELS.build(cfg.model), cfg


def test_parameters_of_the_published_sizes(full_size):
    model, _ = full_size
    learned = [p.requires_grad for p in model.parameters()]
    counts = [p.numel() for p in model.parameters()]
    assert sum(n for n, own in zip(counts, learned) if own) == 272_618_088
    assert sum(n for n, own in zip(counts, learned) if not own) == 4_101_097
    parts = (model.backbone, model.support_backbone)
    totals = [sum(p.numel() for p in x.parameters()) for x in parts]
    assert totals == [134_260_544, 138_357_544]


def test_weights_of_vgg_fit_both_encoders(full_size):
    model, _ = full_size
    with torch.device('meta'):
        state = torchvision.models.vgg16(weights=None).state_dict()
    for encoder in (model.backbone, model.support_backbone):
        own = encoder.body.state_dict()
        fitted = fitted_weights(state, own)
        assert {k: fitted[k].shape for k in own} == {k: v.shape for k, v in own.items()}


def test_rates_are_those_of_the_release(full_size):
    """For a mean of 187,500 pixels; a tenth for the supports' encoder."""
    model, cfg = full_size
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    places = {id(p): name for name, p in model.named_parameters()}
    groups = {places[id(g['params'][0])]: g for g in wrapper.optimizer.param_groups}
    weight = groups['backbone.body.classifier.0.weight']
    assert weight['lr'] / 187_500 == pytest.approx(1e-10)
    assert weight['lr'] * weight['weight_decay'] == pytest.approx(1e-10 * 5e-4)
    bias = groups['backbone.body.classifier.0.bias']
    assert (bias['lr'], bias['weight_decay']) == (2 * weight['lr'], 0)
    support = groups['support_backbone.body.classifier.6.weight']
    assert support['lr'] == pytest.approx(weight['lr'] / 10)


def test_oslsm_by_its_description():
    oslsm, (query, supports) = head(), data()
    weight, bias = oslsm.to_weight.weight, oslsm.to_bias.weight
    scores = []
    for k in range(3):
        z = supports.views['foreground_only'][0][:, k].mean((2, 3))  # (2, 7)
        w, b = z @ weight.T, z @ bias.T
        score = (w[:, :, None, None] * query.levels[0]).sum(1) + b[:, :, None]
        # cells' centres are at 2 in a padding of 5, enlarged ones at 4
        scores.append(enlarged(score[:, None], SIZE, 4, first=4 - (2 - 5)))
    expected = torch.cat(scores, 1).max(1).values
    logits = oslsm(query, supports).query_logits
    assert not logits[:, 0].any()
    assert (logits[:, 1] - expected).abs().max() < 1e-10
    known = oslsm.represent(supports)
    assert known['weight'].shape == (2, 3, 5) and known['bias'].shape == (2, 3, 1)
    again = oslsm.segment(oslsm.reduce_query(query), known).query_logits
    assert torch.equal(again, logits)


def test_the_loss_of_oslsm_is_that_of_a_logistic_regression():
    oslsm, (query, supports) = head(), data(k=1)
    logits = oslsm(query, supports).query_logits
    truth = supports.masks[:, 0]
    found = oslsm.loss_by_feat(logits, truth)['loss_ce']
    expected = F.binary_cross_entropy_with_logits(logits[:, 1], truth.double())
    assert torch.allclose(found, expected)


def test_hashing_takes_one_input_with_a_sign():
    state = torch.get_rng_state()
    layer = WeightHashing(7, 50, scale=0.5)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(layer.weight, WeightHashing(7, 50, scale=0.5).weight)
    assert ((layer.weight != 0).sum(1) == 1).all() and not layer.bias.any()
    assert layer.weight.sum(1).unique().tolist() == [-0.5, 0.5]
    assert (layer.weight != 0).any(0).all(), 'every input is used'
    assert not any(p.requires_grad for p in layer.parameters())


def test_gradients_reach_both_encoders_of_oslsm():
    own = dict(type='OSLSMHead', in_channels=(128,), support_channels=128)
    parts = dict(backbone=SMALL, support_backbone=SMALL, decode_head=own)
    model = build_segmentor(type='FewShotSegmentor', shot_fusion={}, **parts).train()
    losses = run(model, batch(k=2), 'loss')
    model.parse_losses(losses)[0].backward()
    for encoder in (model.backbone, model.support_backbone):
        assert all(p.grad.abs().sum() > 0 for p in encoder.parameters())
    assert not any(p.requires_grad for p in model.decode_head.parameters())
    (sample, _) = run(model.eval(), batch(k=2), 'predict')
    assert sample.pred_sem_seg.shape == (33, 33)


def test_oslsm_is_told_of_other_channels():
    with pytest.raises(ValueError, match='support_channels=7, but .* has 5 channels'):
        head()(*episodes())
    with pytest.raises(ValueError, match='num_shots=0'):
        head()(*data(k=0))
