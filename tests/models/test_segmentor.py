import pytest
import torch

from fss_mm.models import FewShotDecodeHead
from fss_mm.structures import FewShotHeadOutput
from tests.models.builders import batch, run
from tests.models.builders import build_segmentor as build


def test_loss_keys_and_weights():
    losses = run(build(), batch(k=2), 'loss')
    assert set(losses) == {
        f'{part}.{key}'
        for part in ('query', 'support')
        for key in ('loss_ce', 'acc_seg')
    }
    halved = run(build(support_loss_weight=0.5), batch(k=2), 'loss')
    ratio = halved['support.loss_ce'].item() / losses['support.loss_ce'].item()
    assert ratio == pytest.approx(0.5, rel=1e-5)
    single = run(build(type='FewShotSegmentor'), batch(), 'loss')
    assert set(single) == {'query.loss_ce', 'query.acc_seg'}


def test_prediction_at_original_size():
    data = batch()
    for sample in data['data_samples']:
        del sample.gt_sem_seg
    samples = run(build().eval(), data, 'predict')
    assert samples[0].seg_logits.data.shape == (2, 9, 9), "the head's own size"
    assert samples[0].pred_sem_seg.data.shape == (1, 50, 40)
    assert set(samples[0].pred_sem_seg.data.unique().tolist()) <= {0, 1}


def test_prediction_at_the_size_of_the_mask():
    samples = run(build().eval(), batch(size=33, ori_shape=(50, 40)), 'predict')
    assert samples[0].pred_sem_seg.shape == (33, 33)


def test_images_are_encoded_in_one_pass():
    model, shapes = build().eval(), []
    model.backbone.register_forward_hook(lambda m, x, y: shapes.append(x[0].shape))
    run(model, batch(n=2, k=3), 'predict')
    assert shapes == [(8, 3, 33, 33)]


def test_encode_keeps_episodes_together():
    model, data = build().eval(), batch(n=2, k=3)
    inputs = model.data_preprocessor(data)['inputs']
    query, supports = model.encode(inputs)
    assert [x.shape[:2] for x in query.levels] == [(2, 64), (2, 128)]
    assert [x.shape[:3] for x in supports.levels] == [(2, 3, 64), (2, 3, 128)]
    assert torch.equal(supports.masks[1, 2], data['inputs']['support_mask'][1][2])
    alone = model.backbone(inputs['support'][1, 2][None])
    for level, expected in zip(supports.levels, alone):
        assert torch.allclose(level[1, 2], expected[0], atol=1e-4)


def test_gradients_reach_the_head_and_not_the_frozen_backbone():
    model = build()
    model.train()
    statistics = model.backbone.body.bn1.running_mean.clone()
    sum(v for k, v in run(model, batch(), 'loss').items() if 'loss' in k).backward()
    assert all(p.grad is None for p in model.backbone.parameters())
    assert all(p.grad is not None for p in model.decode_head.parameters())
    assert torch.equal(statistics, model.backbone.body.bn1.running_mean)


def test_without_support_loss_the_support_is_not_decoded():
    """So its prediction teaches nothing: gradients are those of the query alone."""
    outputs = []
    for kind in ('FewShotSegmentor', 'DualLossSegmentor'):
        model = build(type=kind).train()
        model.decode_head.register_forward_hook(lambda m, x, y: outputs.append(y))
        run(model, batch(), 'loss')
    assert outputs[0].support_logits is None
    assert outputs[1].support_logits.shape[:2] == (2, 1)


def test_gradients_with_and_without_dual_prediction():
    """DPr adds the support branch's gradient; without it there is none of it."""
    single, dual = build(type='FewShotSegmentor'), build()
    alone, losses = (run(model.eval(), batch(), 'loss') for model in (single, dual))

    def gradients(model, loss):
        parameters = list(model.decode_head.parameters())
        return torch.autograd.grad(loss, parameters, retain_graph=True)

    query = gradients(dual, losses['query.loss_ce'])
    support = gradients(dual, losses['support.loss_ce'])
    both = gradients(dual, losses['query.loss_ce'] + losses['support.loss_ce'])
    for one, q, s, total in zip(
        gradients(single, alone['query.loss_ce']), query, support, both
    ):
        assert torch.allclose(one, q, atol=1e-7)
        assert s.abs().max() > 1e-6
        assert torch.allclose(q + s, total, atol=1e-6)


def test_loss_in_eval_mode():
    """A validation loss has both terms."""
    assert 'support.loss_ce' in run(build().eval(), batch(), 'loss')


def test_dual_loss_needs_a_head_that_predicts_supports():
    class QueryOnlyHead(FewShotDecodeHead):
        def forward(self, query, supports, with_support=False):
            return FewShotHeadOutput(query.levels[0][:, :2])

    model = build()
    model.decode_head = QueryOnlyHead((64,), (0,))
    with pytest.raises(ValueError, match='QueryOnlyHead gives no support_logits; use'):
        run(model, batch(), 'loss')


def test_images_of_two_sizes():
    data = batch()
    data['inputs']['query'] = [q[:, :25, :25] for q in data['inputs']['query']]
    assert run(build().eval(), data, 'predict')[0].pred_sem_seg.shape == (33, 33)
    data['inputs']['query'][0] = data['inputs']['query'][0][:, :20]
    with pytest.raises(ValueError, match='query images of shapes .* add a Resize'):
        run(build(), data, 'predict')


def test_unknown_mode():
    with pytest.raises(ValueError, match="mode='train', expected 'loss'"):
        run(build(), batch(), 'train')
