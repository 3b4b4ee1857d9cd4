"""Precision, memory layout and compilation: what they may change and what not."""

import logging
import shutil

import pytest
import torch
from mmengine.logging import MMLogger

from fss_mm.models.decode_heads import discriminant_head, panet_head, sg_one_head
from fss_mm.models.layers import (
    attentive_fusion,
    cell_clusters,
    masked_pooling,
    multi_pass_decoder,
)
from fss_mm.models.segmentors.arithmetic import Arithmetic
from tests.models.builders import ALL_HEADS, batch, build_segmentor, run
from tests.models.builders import segmentor_with as build

BF16 = dict(arithmetic=dict(precision='bfloat16'))


def predicted(model, **kwargs):
    with torch.no_grad():
        return run(model.eval(), batch(**kwargs), 'predict')


def noted(monkeypatch, module, name, results):
    """Note the dtypes that a function of ours returns from now on."""
    original = getattr(module, name)

    def function(*args, **kwargs):
        found = original(*args, **kwargs)
        tensors = found if isinstance(found, tuple) else (found,)
        results.extend(x.dtype for x in tensors)
        return found

    monkeypatch.setattr(module, name, function)


@pytest.mark.parametrize('kind', ALL_HEADS)
def test_bfloat16(kind, monkeypatch):
    """Convolutions are in half precision; what would drown in it is not."""
    single, half = [], []
    noted(monkeypatch, masked_pooling, 'masked_average_pool', single)
    noted(monkeypatch, masked_pooling, 'cosine_map', single)
    for module in (cell_clusters, panet_head, sg_one_head):
        noted(monkeypatch, module, 'cosine_map', single)
    for name in ('label_moments', 'linear_discriminant'):
        noted(monkeypatch, discriminant_head, name, single)
    original = torch.Tensor.softmax

    def softmax(x, *args):
        single.append(x.dtype)
        return original(x, *args)

    monkeypatch.setattr(torch.Tensor, 'softmax', softmax)
    exact = predicted(build(kind))
    model = build(kind, **BF16)
    model.backbone.register_forward_hook(
        lambda m, x, y: half.extend(z.dtype for z in y)
    )
    single.clear()
    samples = predicted(model)
    assert set(half) == {torch.bfloat16}
    assert single and set(single) == {torch.float32}
    for a, b in zip(samples, exact):
        assert a.seg_logits.data.dtype == torch.float32
        assert a.pred_sem_seg.data.dtype == b.pred_sem_seg.data.dtype
        error = (a.seg_logits.data - b.seg_logits.data).abs().max()
        assert 0 < error < 0.1 * max(1, b.seg_logits.data.abs().max())
    assert {p.dtype for p in model.parameters()} == {torch.float32}


@pytest.mark.parametrize('kind', ['CRNetHead', 'SimPropHead'])
def test_bfloat16_of_each_step_alone(kind):
    """Who takes a class and a query apart gets what a prediction gives."""
    model = build(kind, **BF16).eval()
    data = model.data_preprocessor(batch())
    inputs = data['inputs']
    with torch.no_grad():
        expected = model(**data, mode='predict')
        query = model.encode_queries(inputs['query'])
        supports = model.encode_supports(inputs['support'], inputs['support_mask'])
        kept = model.describe_queries(query)
        known = model.represent(model.describe_supports(supports))
        logits = model.segment(kept, known)
    levels = (*query.levels, *supports.levels, *kept.levels, logits)
    assert {level.dtype for level in levels} == {torch.bfloat16}
    for sample, own in zip(expected, logits):
        error = (sample.seg_logits.data - own.float()).abs().max()
        assert error < 0.02 * max(1, own.float().abs().max())


def test_maps_and_prototypes_of_simprop_are_in_single_precision(monkeypatch):
    """As they reach the fusion, which casts them itself."""
    seen = {}
    original = attentive_fusion.AttentiveFusion.forward

    def forward(self, feat, prototype, fg_map, bg_map):
        seen.update(feat=feat, prototype=prototype, fg_map=fg_map, bg_map=bg_map)
        return original(self, feat, prototype, fg_map, bg_map)

    monkeypatch.setattr(attentive_fusion.AttentiveFusion, 'forward', forward)
    predicted(build('SimPropHead', **BF16))
    dtypes = {name: x.dtype for name, x in seen.items()}
    half = dtypes.pop('feat')
    assert half == torch.bfloat16 and set(dtypes.values()) == {torch.float32}
    total = seen['fg_map'] + seen['bg_map']
    assert (total - 1).abs().max() < 1e-6


def test_probabilities_are_made_in_single_precision():
    """Neighbouring logits of bfloat16 are told apart by no more than rounding."""
    logits = torch.tensor([[3.0, 3.015625]]).bfloat16().view(1, 2, 1, 1)
    found = multi_pass_decoder._probabilities(logits)
    exact = logits.double().softmax(1)
    assert found.dtype == torch.bfloat16
    assert torch.equal(found, exact.to(torch.bfloat16))


@pytest.mark.parametrize('kind', ALL_HEADS)
def test_training_in_bfloat16(kind):
    """Losses are in single precision, and gradients in that of the weights."""
    model = build(kind, **BF16).train()
    losses = run(model, batch(), 'loss')
    assert {v.dtype for v in losses.values()} == {torch.float32}
    total = model.parse_losses(losses)[0]
    assert total.isfinite()
    if total.requires_grad:
        total.backward()
        grads = [p.grad for p in model.decode_head.parameters() if p.grad is not None]
        assert grads and {g.dtype for g in grads} == {torch.float32}
        assert all(g.isfinite().all() for g in grads)


@pytest.mark.parametrize('kind', ALL_HEADS)
def test_layout_changes_nothing(kind):
    plain = build(kind)
    other = build(kind, arithmetic=dict(channels_last=True))
    seen = []
    other.backbone.register_forward_pre_hook(lambda m, x: seen.append(x[0]))
    for a, b in zip(predicted(plain), predicted(other)):
        assert (a.seg_logits.data - b.seg_logits.data).abs().max() < 1e-4
    images = seen[0]
    assert images.is_contiguous(memory_format=torch.channels_last)
    weights = [p for p in other.backbone.parameters() if p.ndim == 4 and p.shape[1] > 3]
    assert all(w.is_contiguous(memory_format=torch.channels_last) for w in weights)


def test_half_precision_of_gpus_is_refused_on_a_cpu():
    model = build_segmentor(arithmetic=dict(precision='float16'))
    with pytest.raises(ValueError) as error:
        predicted(model)
    text = str(error.value)
    assert text.startswith("precision='float16' needs a GPU") and '\n' not in text


@pytest.mark.parametrize('precision', ['half', 'fp16', None])
def test_precisions_that_do_not_exist(precision):
    with pytest.raises(ValueError, match="expected 'float32', 'bfloat16' or 'float16'"):
        Arithmetic(precision=precision)


def test_without_a_compiler_the_backbone_runs_as_it_is(monkeypatch, caplog):
    monkeypatch.setattr(shutil, 'which', lambda name: None)
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.WARNING):
            model = build_segmentor(arithmetic=dict(compile_backbone=True))
    finally:
        logger.removeHandler(caplog.handler)
    (record,) = [r for r in caplog.records if 'compile_backbone' in r.message]
    assert 'no C++ compiler on the path' in record.message
    assert model.backbone._compiled_call_impl is None
    for a, b in zip(predicted(model), predicted(build_segmentor())):
        assert torch.equal(a.seg_logits.data, b.seg_logits.data)


def test_with_a_compiler_the_backbone_is_translated(monkeypatch):
    """Of the backbone alone: heads change shape with each number of shots."""
    monkeypatch.setattr(shutil, 'which', lambda name: f'/usr/bin/{name}')
    model = build_segmentor(arithmetic=dict(compile_backbone=True))
    assert model.backbone._compiled_call_impl is not None
    assert model.decode_head._compiled_call_impl is None
    plain = build_segmentor()
    assert list(model.state_dict()) == list(plain.state_dict())
