"""Several losses, losses of one's own, and who weighs them."""

import balanced_segmentor
import pytest
import soft_iou_loss
import torch
from mmengine.config import Config

from fss_mm.registry import MODELS
from tests.conftest import ROOT
from tests.models.builders import HEAD, batch, build_head, build_segmentor, run

CE = dict(type='CrossEntropyLoss', avg_non_ignore=True)
IOU = dict(type='SoftIoULoss')


def logits_and_masks():
    torch.manual_seed(0)
    masks = torch.randint(0, 2, (2, 6, 6), dtype=torch.uint8)
    masks[:, 0] = 255
    return torch.randn(2, 2, 6, 6), masks


def test_each_loss_is_logged_by_its_name():
    logits, masks = logits_and_masks()
    alone = [build_head(loss_decode=x).loss_by_feat(logits, masks) for x in (CE, IOU)]
    assert [set(x) for x in alone] == [
        {'loss_ce', 'acc_seg'},
        {'loss_iou', 'acc_seg'},
    ]
    both = build_head(loss_decode=[CE, IOU]).loss_by_feat(logits, masks)
    assert list(both) == ['loss_ce', 'loss_iou', 'acc_seg']
    for losses in alone:
        for name, value in losses.items():
            assert torch.equal(both[name], value)


def test_losses_of_one_name_are_added_up():
    logits, masks = logits_and_masks()
    one = build_head(loss_decode=CE).loss_by_feat(logits, masks)
    twice = [CE, CE | dict(loss_weight=0.5)]
    both = build_head(loss_decode=twice).loss_by_feat(logits, masks)
    assert set(both) == set(one)
    assert both['loss_ce'].item() == pytest.approx(1.5 * one['loss_ce'].item())
    named = [CE, CE | dict(loss_weight=0.5, loss_name='loss_half')]
    apart = build_head(loss_decode=named).loss_by_feat(logits, masks)
    assert apart['loss_half'].item() == pytest.approx(0.5 * one['loss_ce'].item())


def test_every_loss_counts_in_the_sum_and_has_the_branchs_weight():
    head = HEAD | dict(loss_decode=[CE, IOU])

    def losses(**kwargs):
        model = build_segmentor(decode_head=head, **kwargs).eval()
        found = run(model, batch(), 'loss')
        return found, model.parse_losses(found)[0]

    plain, total = losses()
    names = [f'{b}.{x}' for b in ('query', 'support') for x in ('loss_ce', 'loss_iou')]
    assert {k for k in plain if 'loss' in k} == set(names)
    assert total.item() == pytest.approx(sum(plain[k].item() for k in names))
    weighed, _ = losses(query_loss_weight=3.0, support_loss_weight=0.5)
    for name in names:
        factor = 3.0 if name.startswith('query') else 0.5
        assert weighed[name].item() == pytest.approx(factor * plain[name].item())
        accuracy = f'{name.split(".")[0]}.acc_seg'
        assert torch.equal(weighed[accuracy], plain[accuracy])


def test_training_outputs_have_all_losses():
    head = dict(
        type='CRNetHead', in_channels=(64, 128), channels=4, loss_decode=[CE, IOU]
    )
    losses = run(build_segmentor(decode_head=head).train(), batch(), 'loss')
    branches = ('query', 'support', 'co_occurrence.query', 'co_occurrence.support')
    for branch in branches:
        for name in ('loss_ce', 'loss_iou', 'acc_seg'):
            assert f'{branch}.{name}' in losses


# ---- of the example project --------------------------------------------------------


def test_soft_iou_by_hand():
    """Probabilities of the class .75, .5, .25 and an ignored pixel; the first is it."""
    foreground = torch.tensor([3.0, 1.0, 1 / 3, 9.0]).log()
    logits = torch.stack([torch.zeros(4), foreground]).view(1, 2, 1, 4)
    target = torch.tensor([[[1, 0, 0, 255]]])
    loss = soft_iou_loss.SoftIoULoss(loss_weight=2.0)(logits, target, ignore_index=255)
    assert loss.item() == pytest.approx(2 * (1 - 0.75 / (1.5 + 1 - 0.75)))
    empty = torch.zeros(1, 1, 4, dtype=torch.long)
    sure = torch.tensor([50.0, -50.0]).view(1, 2, 1, 1).expand(1, 2, 1, 4)
    loss = soft_iou_loss.SoftIoULoss()(sure, empty, ignore_index=255)
    assert loss.isfinite()


@pytest.mark.parametrize('share, factor', [(0.0, 2.0), (0.25, 1.75), (1.0, 1.0)])
def test_small_objects_weigh_more(share, factor):
    data = batch(n=1, size=32)
    mask = torch.zeros(1, 32, 32, dtype=torch.uint8)
    mask[:, : int(32 * share)] = 1
    data['data_samples'][0].gt_sem_seg.data = mask
    assert balanced_segmentor.BalancedSegmentor in MODELS.module_dict.values()
    plain, weighed = (
        run(build_segmentor(type=kind).eval(), data, 'loss')
        for kind in ('FewShotSegmentor', 'BalancedSegmentor')
    )
    ratio = weighed['query.loss_ce'].item() / plain['query.loss_ce'].item()
    assert ratio == pytest.approx(factor, rel=1e-5)
    assert torch.equal(weighed['query.acc_seg'], plain['query.acc_seg'])


def test_the_example_trains_a_step():
    """As its config has it: own head, own loss, own segmentor."""
    cfg = Config.fromfile(
        ROOT / 'projects/example_head/configs/nearest_color_shapes.py'
    )
    torch.manual_seed(0)
    model = MODELS.build(cfg.model).train()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    data, totals = model.data_preprocessor(batch(n=4), training=True), []
    for _ in range(6):
        losses = model(**data, mode='loss')
        assert set(losses) == {'query.loss_ce', 'query.loss_iou', 'query.acc_seg'}
        total = model.parse_losses(losses)[0]
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        totals.append(total.item())
    assert totals[-1] < totals[0]
    assert all(p.grad is not None for p in model.decode_head.parameters())
