"""PFENet against its released architecture, written out in plain torch in float64."""

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from torch import nn

from fss_mm.engine.loops.stepping_aside import _of_model
from fss_mm.models import FrozenBackbone, PFENetHead
from fss_mm.models.layers import region_grid, region_means
from fss_mm.registry import MODELS, TRANSFORMS
from tests.conftest import ROOT
from tests.models.builders import batch, build_segmentor, run
from tests.models.test_prior_mask import TINY, build_head, prior_features

SCALES = (9, 4, 0.5, 0.25)

# ---- the released architecture, layer by layer -------------------------------------


def resized(x, size):
    return F.interpolate(x, size, mode='bilinear', align_corners=True)


def conv(state, name, x):
    weight, bias = state[f'{name}.weight'], state.get(f'{name}.bias')
    return F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2)


def prior_of(query, support, mask):
    """Of one support whose high-level features are masked already: (N, 1, h, w)."""
    maps = []
    for q, s in zip(query, support):
        q, s = q.flatten(1), s.flatten(1)
        cosines = (s.T @ q) / (s.norm(dim=0)[:, None] * q.norm(dim=0)[None] + 1e-7)
        best = cosines.max(0).values
        maps.append((best - best.min()) / (best.max() - best.min() + 1e-7))
    return torch.stack(maps).view(len(maps), 1, *query.shape[-2:])


def released(state, query, supports, scales):
    """Logits, and those of the scales."""

    def reduced(name, levels):
        size = levels[1].shape[-2:]
        return F.relu(
            conv(state, name, torch.cat([resized(levels[0], size), levels[1]], 1))
        )

    feat = reduced('reduce.0', query.levels)
    size = feat.shape[-2:]
    vectors, priors = [], []
    for k in range(supports.num_shots):
        levels = [level[:, k] for level in supports.levels]
        mask = resized((supports.masks[:, k, None] == 1).double(), size)
        own = reduced('reduce_support.0', levels)
        area = mask.sum((2, 3), keepdim=True) + 0.0005
        vectors.append((own * mask).sum((2, 3), keepdim=True) / area)
        high = supports.views['masked_stage'][0][:, k]
        priors.append(resized(prior_of(query.levels[2], high, mask), size))
    vector, prior = sum(vectors) / len(vectors), sum(priors) / len(priors)
    found, logits, e = [], [], 'enrichment'
    for i, (p, q) in enumerate(scales):
        pooled = F.adaptive_avg_pool2d(feat, (p, q))
        x = torch.cat([pooled, vector.expand(-1, -1, p, q), resized(prior, (p, q))], 1)
        x = F.relu(conv(state, f'{e}.merge.{i}.0', x))
        if i:
            both = torch.cat([x, resized(found[-1], (p, q))], 1)
            x = F.relu(conv(state, f'{e}.previous.{i - 1}.0', both)) + x
        y = F.relu(conv(state, f'{e}.residuals.{i}.0.0', x))
        x = F.relu(conv(state, f'{e}.residuals.{i}.1.0', y)) + x
        y = F.relu(conv(state, f'{e}.classifiers.{i}.0.0', x))
        logits.append(conv(state, f'{e}.classifiers.{i}.1', y))
        found.append(resized(x, size))
    x = F.relu(conv(state, f'{e}.fuse.0', torch.cat(found, 1)))
    y = F.relu(conv(state, f'{e}.fused_residual.0.0', x))
    x = F.relu(conv(state, f'{e}.fused_residual.1.0', y)) + x
    return conv(state, 'classifier.1', F.relu(conv(state, 'classifier.0.0', x))), logits


def episodes(k):
    """Levels of different sizes, as VGG-16 has them; the second one is not square."""
    query, supports = prior_features(k=k)
    wider = torch.rand(2, 6, 11, 13, dtype=torch.float64)
    query = replace(query, levels=(wider, *query.levels[1:]))
    plain = torch.rand(2, k, 6, 11, 13, dtype=torch.float64), *supports.levels[1:]
    return query, replace(supports, views=supports.views | dict(plain=plain))


@pytest.mark.parametrize('k', [1, 3])
def test_logits_are_those_of_the_released_architecture(k):
    head = build_head(
        'PFENetHead', channels=6, enrichment=dict(scales=SCALES, dropout=0)
    )
    query, supports = episodes(k)
    output = head(query, supports)
    expected, scales = released(
        head.state_dict(), query, supports, [(9, 9), (4, 4), (3, 3), (1, 1)]
    )
    assert expected.std() > 1e-3
    assert (output.query_logits - expected).abs().max() < 1e-10
    assert list(output.training_outputs) == [f'scale{i}' for i in range(4)]
    for other, logits in zip(output.training_outputs.values(), scales):
        assert (other.query_logits - logits).abs().max() < 1e-10
        assert other.loss_weight == 0.25
    assert head.eval()(query, supports).training_outputs == {}


@pytest.mark.parametrize(
    ('channels', 'expected'), [((512, 1024), 10_817_034), ((256, 512), 10_423_818)]
)
def test_trainable_parameters(channels, expected):
    with torch.device('meta'):
        head = PFENetHead(channels)
    assert sum(p.numel() for p in head.parameters()) == expected


def test_sizes_of_scales():
    assert region_grid(60, (7, 9)) == (60, 60)
    assert region_grid(0.5, (7, 9)) == (3, 4) and region_grid(1.0, (7, 9)) == (7, 9)
    assert region_grid(0.125, (7, 9)) == (1, 1), 'never nothing'
    x = torch.rand(2, 3, 7, 9, dtype=torch.float64)
    for size in ((7, 9), (1, 1), (3, 4), (5, 2), (8, 20), (60, 60)):
        expected = F.adaptive_avg_pool2d(x, size)
        assert (region_means(x, size) - expected).abs().max() < 1e-14
    for scales in ((), (0, 1)):
        with pytest.raises(ValueError, match='expected numbers above 0'):
            build_head('PFENetHead', enrichment=dict(scales=scales))


# ---- training ----------------------------------------------------------------------


def test_the_loss_is_the_last_ones_and_the_mean_of_the_scales():
    head = dict(
        type='PFENetHead', in_channels=(8, 16), channels=4, dropout=0.0,
        enrichment=dict(scales=(1.0, 0.5), dropout=0.0), aux_weight=3.0,
    )  # fmt: skip
    model = build_segmentor(type='FewShotSegmentor', backbone=TINY, decode_head=head)
    data = model.data_preprocessor(batch(), training=True)
    losses = model.train()(**data, mode='loss')
    total, _ = model.parse_losses(losses)
    output = model.decode_head(*model.encode(data['inputs']))
    truth = torch.stack([x.gt_sem_seg.data[0] for x in data['data_samples']]).long()

    def entropy(logits):
        return F.cross_entropy(
            resized(logits, truth.shape[-2:]), truth, ignore_index=255
        )

    inner = [entropy(x.query_logits) for x in output.training_outputs.values()]
    expected = entropy(output.query_logits) + 3 * sum(inner) / 2
    assert total.item() == pytest.approx(expected.item(), rel=1e-5)


# ---- a frozen encoder in training mode ---------------------------------------------


def frozen(**kwargs):
    torch.manual_seed(0)
    return MODELS.build(dict(type='FrozenBackbone', backbone=TINY) | kwargs)


def norms(backbone):
    return {m.training for m in backbone.modules() if isinstance(m, nn.BatchNorm2d)}


def test_batch_norms_of_a_frozen_encoder():
    """As in the release they see the batch in training, and never at test."""
    for norm_eval in (True, False):
        backbone = frozen(norm_eval=norm_eval).train()
        assert not any(p.requires_grad for p in backbone.parameters())
        assert norms(backbone) == {not norm_eval}
        assert not backbone.body.training
        before = backbone.body.layer4[0].bn1.running_mean.clone()
        levels = backbone(torch.rand(2, 3, 33, 33))
        moved = not torch.equal(before, backbone.body.layer4[0].bn1.running_mean)
        assert moved == (not norm_eval)
        assert [x.shape[1] for x in levels] == [8, 16, 32]
        assert norms(backbone.eval()) == {False}
    trained = frozen(frozen=False).train()
    assert all(p.requires_grad for p in trained.parameters()) and trained.body.training


def test_a_frozen_encoder_in_training_mode_is_encoded_once():
    """Its norms use the batch in training alone, so that no test steps aside."""
    backbone = dict(type='FrozenBackbone', backbone=TINY, norm_eval=False)
    head = dict(type='PFENetHead', in_channels=(8, 16), channels=4)
    model = build_segmentor(
        type='FewShotSegmentor', backbone=backbone, decode_head=head
    )
    assert _of_model(model.eval()) is None
    assert 'uses the statistics of the batch' in _of_model(model.train())
    with pytest.raises(ValueError, match='FrozenBackbone changes in training; freeze'):
        build_segmentor(feature_bank={}, backbone=backbone, decode_head=head)


def test_weights_by_other_names(tmp_path):
    """PFENet's ImageNet weights call the layers of the stem conv1 to bn3."""
    names = dict(conv1='stem.0', bn1='stem.1', conv2='stem.3', bn2='stem.4',
                 conv3='stem.6', bn3='stem.7')  # fmt: skip
    source = frozen().body
    state = {
        next((f'{old}.{name.removeprefix(f"{new}.")}' for old, new in names.items()
              if name.startswith(f'{new}.')), name): value
        for name, value in source.state_dict().items()
    }  # fmt: skip
    state = {k: v for k, v in state.items() if 'num_batches' not in k} | {
        'fc.bias': torch.ones(9)
    }
    path = tmp_path / 'resnet.pth'
    torch.save(state, path)
    torch.manual_seed(5)
    other = MODELS.build(
        dict(type='FrozenBackbone', backbone=TINY, weights=str(path), rename=names)
    )
    assert isinstance(other, FrozenBackbone)
    other.init_weights()
    x = torch.rand(1, 3, 33, 33)
    source.eval()  # mmseg's returns None
    for a, b in zip(other.eval()(x), source(x)):
        assert torch.equal(a, b)
    with pytest.raises(
        ValueError, match=r"\['stem.0.weight', .*rename=dict\(old=new\)"
    ):
        frozen(weights=str(path)).init_weights()
    with pytest.raises(ValueError, match='size mismatch') as error:
        wide = TINY | dict(base_channels=8)
        frozen(weights=str(path), rename=names, backbone=wide).init_weights()
    assert '\n' not in str(error.value)


def test_predictions_of_a_batch_are_those_of_single_episodes():
    head = dict(type='PFENetHead', in_channels=(8, 16), channels=4)
    model = build_segmentor(type='FewShotSegmentor', backbone=TINY, decode_head=head)
    data = batch(n=3, k=2, size=41)
    together = [x.seg_logits.data for x in run(model.eval(), data, 'predict')]
    for i, expected in enumerate(together):
        inputs = {k: v[i : i + 1] for k, v in data['inputs'].items()}
        one = dict(inputs=inputs, data_samples=data['data_samples'][i : i + 1])
        found = run(model, one, 'predict')[0].seg_logits.data
        assert torch.allclose(found, expected, atol=1e-5)


def test_the_pipeline_of_training():
    """Crops of 473 x 473 that hold the class; what is padded or rotated in is 255."""
    cfg = Config.fromfile(ROOT / 'configs/pfenet/fold0.py')
    steps = cfg.train_dataloader.dataset.query_pipeline[2:]  # behind the loading
    random.seed(0)
    np.random.seed(0)
    for height, width in ((375, 500), (500, 333)):
        mask = np.zeros((height, width), np.uint8)
        mask[100:300, 150:250] = 1
        image = np.full((height, width, 3), 200, np.uint8)
        found = dict(
            img=image, gt_seg_map=mask, seg_fields=['gt_seg_map'],
            img_shape=(height, width), ori_shape=(height, width),
        )  # fmt: skip
        for step in steps:
            found = TRANSFORMS.build(step)(found)
        assert found['img'].shape == (473, 473, 3)
        labels = found['gt_seg_map']
        assert {0, 1, 255} == {*np.unique(labels).tolist()}
        assert (labels == 1).sum() > 0.85 * 0.8 * 20_000
        padded = found['img'][labels == 255]
        assert np.abs(np.median(padded, 0) - (103.53, 116.28, 123.675)).max() < 1
