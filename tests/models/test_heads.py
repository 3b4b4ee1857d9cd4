import pytest
import torch

from fss_mm.registry import MODELS
from fss_mm.structures import EpisodeFeatures


def features(n=2, k=1, channels=(6, 8), size=7, dtype=torch.float32):
    torch.manual_seed(0)
    masks = torch.zeros(n, k, 49, 49, dtype=torch.uint8)
    masks[..., 10:30, 10:30] = 1
    masks[..., -3:, :] = 255
    return EpisodeFeatures(
        query=tuple(torch.rand(n, c, size, size, dtype=dtype) for c in channels),
        support=tuple(torch.rand(n, k, c, size, size, dtype=dtype) for c in channels),
        support_masks=masks,
        query_size=(49, 49),
    )


def build(kind='SimPropHead', **kwargs):
    kwargs = dict(type=kind, in_channels=(6, 8)) | kwargs
    if kind == 'SimPropHead':
        no_dropout = dict(dropout=0.0, decoder=dict(dropout=0.0))
        kwargs = dict(channels=4, init_cfg=None) | no_dropout | kwargs
    torch.manual_seed(1)
    return MODELS.build(kwargs)


@pytest.mark.parametrize('k', [1, 5])
def test_simprop_shapes(k):
    output = build()(features(k=k), with_support=True)
    assert output.query_logits.shape == (2, 2, 7, 7)
    assert output.support_logits.shape == (2, k, 2, 7, 7)
    assert build()(features(k=k)).support_logits is None, 'only if asked for'
    total = output.aux['fg_attention'] + output.aux['bg_attention']
    assert torch.allclose(total, torch.ones_like(total))


def test_episodes_of_a_batch_do_not_mix():
    head, batch = build().double(), features(n=3, k=2, dtype=torch.float64)
    together = head(batch, with_support=True)
    for i in range(3):
        one = EpisodeFeatures(
            tuple(x[i : i + 1] for x in batch.query),
            tuple(x[i : i + 1] for x in batch.support),
            batch.support_masks[i : i + 1],
            batch.query_size,
        )
        alone = head(one, with_support=True)
        assert torch.allclose(alone.query_logits[0], together.query_logits[i])
        assert torch.allclose(alone.support_logits[0], together.support_logits[i])


def test_order_of_shots_does_not_matter():
    head, batch = build().double(), features(k=3, dtype=torch.float64)
    turned = EpisodeFeatures(
        batch.query,
        tuple(x.flip(1) for x in batch.support),
        batch.support_masks.flip(1),
        batch.query_size,
    )
    a, b = (head(x, with_support=True) for x in (batch, turned))
    assert torch.allclose(a.query_logits, b.query_logits)
    assert torch.allclose(a.support_logits, b.support_logits.flip(1))


def test_identical_inputs_give_identical_predictions():
    """Support = query: both branches do the same, by the same class vectors."""
    batch = features()
    same = EpisodeFeatures(
        batch.query,
        tuple(x[:, None] for x in batch.query),
        batch.support_masks,
        batch.query_size,
    )
    output = build()(same, with_support=True)
    assert torch.allclose(output.query_logits, output.support_logits[:, 0], atol=1e-6)


@pytest.mark.parametrize('value', [0, 1, 255])
def test_extreme_masks_stay_finite(value):
    batch = features()
    batch.support_masks[:] = value
    for kind in ('SimPropHead', 'PrototypeHead'):
        assert torch.isfinite(build(kind)(batch).query_logits).all()


def test_parameters_of_the_literal_reading():
    head = MODELS.build(
        dict(type='SimPropHead', in_channels=(512, 1024), fusion=dict(affine=False))
    )
    assert sum(p.numel() for p in head.parameters()) == 14_758_658


def test_prototype_head_finds_what_the_support_shows():
    direction = torch.eye(2)
    query = direction[:, [0, 1, 0]].view(1, 2, 1, 3)
    support = direction.view(1, 1, 2, 1, 2)
    masks = torch.tensor([[[[1, 0]]]])
    head = MODELS.build(dict(type='PrototypeHead', in_channels=(2,), in_index=(0,)))
    output = head(EpisodeFeatures((query,), (support,), masks, (1, 3)))
    assert output.query_logits.argmax(1).tolist() == [[[1, 0, 1]]]


def test_loss_leaves_ignored_pixels_out():
    head = build()
    logits = torch.zeros(1, 2, 2, 2)
    logits[0, 1, 0, 0] = 50.0  # sure of foreground there
    wrong = torch.tensor([[[0, 0], [0, 0]]], dtype=torch.uint8)
    ignored = torch.tensor([[[255, 0], [0, 0]]], dtype=torch.uint8)
    assert head.loss_by_feat(logits, wrong)['loss_ce'] > 10
    loss = head.loss_by_feat(logits, ignored)['loss_ce'].item()
    assert loss == pytest.approx(torch.log(torch.tensor(2.0)).item(), abs=1e-6)


@pytest.mark.parametrize(
    'argument, message',
    [
        (
            dict(in_channels=(6, 9)),
            r'in_channels=\(6, 9\), but levels .* have \(6, 8\)',
        ),
        (dict(in_index=(0, 2)), r'in_index=\(0, 2\), but the backbone gives 2 levels'),
        (dict(in_channels=(6,)), 'must have the same length'),
    ],
)
def test_head_and_backbone_that_do_not_fit(argument, message):
    with pytest.raises(ValueError, match=message):
        build(**argument)(features())


def test_levels_of_different_sizes():
    batch = features()
    small = EpisodeFeatures(
        (batch.query[0], batch.query[1][..., :3, :3]),
        batch.support,
        batch.support_masks,
        batch.query_size,
    )
    with pytest.raises(ValueError, match='set output_stride'):
        build()(small)
