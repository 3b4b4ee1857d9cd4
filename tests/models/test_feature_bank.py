import pytest
import torch

from fss_mm.models import FeatureBank
from fss_mm.registry import MODELS
from tests.models.test_segmentor import batch, run
from tests.models.test_segmentor import build as build_segmentor

RESNET = dict(
    type='TorchvisionBackbone', name='resnet18', out_nodes=('layer2', 'layer3'),
    weights=None,
)  # fmt: skip


@pytest.fixture
def backbone():
    torch.manual_seed(0)
    network = MODELS.build(RESNET).eval()
    network.sizes = []
    network.register_forward_hook(lambda m, x, y: m.sizes.append(len(x[0])))
    return network


def test_each_image_is_encoded_once(backbone):
    bank, images = FeatureBank(), torch.rand(3, 3, 33, 33)
    first = bank(backbone, images[[0, 1, 0]])
    again = bank(backbone, images[[1, 2]])
    assert backbone.sizes == [2, 1], 'image 0 twice in one batch, image 1 known'
    expected = backbone(images)
    for level, truth in zip(first, expected):
        assert torch.allclose(level, truth[[0, 1, 0]], atol=1e-5)
    for level, truth in zip(again, expected):
        assert torch.allclose(level, truth[[1, 2]], atol=1e-5)


def test_a_single_value_makes_another_image(backbone):
    bank, image = FeatureBank(), torch.rand(1, 3, 33, 33)
    bank(backbone, image)
    changed = image.clone()
    changed[0, 1, 2, 3] += 1e-6
    bank(backbone, changed)
    assert backbone.sizes == [1, 1]


def test_memory_is_bounded_and_the_batch_at_hand_is_whole(backbone):
    images = torch.rand(2, 3, 33, 33)
    small = FeatureBank(max_gib=0)
    assert [x.shape[0] for x in small(backbone, images)] == [2, 2]
    assert not small.kept and small.num_bytes == 0
    bank = FeatureBank()
    bank(backbone, images)
    size = 4 * 25 * (128 + 256)  # bytes of an image: both levels are 5 x 5
    assert bank.num_bytes == 2 * size
    bank.max_bytes = size
    bank(backbone, images[:1])
    assert len(bank.kept) == 1 and bank.num_bytes == size


def test_changed_weights_are_seen(backbone):
    bank, images = FeatureBank(), torch.rand(1, 3, 33, 33)
    before = bank(backbone, images)[0]
    with torch.no_grad():
        backbone.body.conv1.weight *= 1.5
    after = bank(backbone, images)[0]
    assert not torch.allclose(before, after)
    assert torch.allclose(after, backbone(images)[0], atol=1e-5)


def test_precision_is_the_callers(backbone):
    bank, images = FeatureBank(), torch.rand(1, 3, 33, 33)
    with torch.autocast('cpu', torch.bfloat16):
        assert bank(backbone, images)[0].dtype == torch.bfloat16
    assert bank(backbone, images)[0].dtype == torch.float32
    half = backbone.to(torch.bfloat16)
    assert bank(half, images.to(torch.bfloat16))[0].dtype == torch.bfloat16


def test_a_segmentor_predicts_the_same_with_a_bank():
    plain, banked = build_segmentor(), build_segmentor(feature_bank=dict())
    assert plain.state_dict().keys() == banked.state_dict().keys()
    for _ in range(2):
        a, b = (run(model.eval(), batch(k=2), 'predict') for model in (plain, banked))
        for x, y in zip(a, b):
            assert torch.allclose(x.seg_logits.data, y.seg_logits.data, atol=1e-4)
    assert len(banked.feature_bank.kept) == 2 + 4


@pytest.mark.parametrize('change', [dict(frozen=False), dict(norm_eval=False)])
def test_a_backbone_that_changes_is_refused(change):
    with pytest.raises(ValueError, match='changes in training; freeze it'):
        build_segmentor(feature_bank=dict(), backbone=RESNET | change)
    dropping = torch.nn.Sequential(torch.nn.Dropout(0.1))
    with pytest.raises(ValueError, match='changes in training'):
        FeatureBank.require_frozen(dropping)
