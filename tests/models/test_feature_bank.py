import pytest
import torch

from fss_mm.models import FeatureBankBackbone
from fss_mm.registry import MODELS

RESNET = dict(
    type='TorchvisionBackbone', name='resnet18', out_nodes=('layer2', 'layer3')
) | dict(weights=None)


def build(**kwargs) -> FeatureBankBackbone:
    torch.manual_seed(0)
    return MODELS.build(dict(type='FeatureBankBackbone', backbone=RESNET) | kwargs)


def count_passes(bank):
    sizes = []
    bank.backbone.register_forward_hook(lambda m, x, y: sizes.append(len(x[0])))
    return sizes


def test_each_image_is_encoded_once():
    bank, images = build(), torch.rand(3, 3, 33, 33)
    sizes = count_passes(bank)
    first = bank(images[[0, 1, 0]])
    again = bank(images[[1, 2]])
    assert sizes == [2, 1], 'image 0 twice in one batch, image 1 known'
    expected = bank.backbone(images)
    for level, truth in zip(first, expected):
        assert torch.allclose(level, truth[[0, 1, 0]], atol=1e-5)
    for level, truth in zip(again, expected):
        assert torch.allclose(level, truth[[1, 2]], atol=1e-5)


def test_a_single_value_makes_another_image():
    bank, image = build(), torch.rand(1, 3, 33, 33)
    sizes = count_passes(bank)
    bank(image)
    changed = image.clone()
    changed[0, 1, 2, 3] += 1e-6
    bank(changed)
    assert sizes == [1, 1]


def test_memory_is_bounded_and_the_batch_at_hand_is_whole():
    bank, images = build(max_gib=0), torch.rand(2, 3, 33, 33)
    assert [x.shape[0] for x in bank(images)] == [2, 2]
    assert not bank.bank and bank.num_bytes == 0
    bank = build()
    bank(images)
    size = 4 * 25 * (128 + 256)  # bytes of an image: both levels are 5 x 5
    assert bank.num_bytes == 2 * size
    bank.max_bytes = size
    bank(images[:1])
    assert len(bank.bank) == 1 and bank.num_bytes == size


def test_new_weights_are_seen():
    bank, images = build(), torch.rand(1, 3, 33, 33)
    before = bank(images)[0]
    torch.manual_seed(9)
    bank.load_state_dict(build().state_dict())
    assert torch.allclose(bank(images)[0], before)
    state = bank.state_dict()
    bank.load_state_dict(state | {k: v * 1.5 for k, v in state.items() if 'conv' in k})
    assert not torch.allclose(bank(images)[0], before)


@pytest.mark.parametrize('change', [dict(frozen=False), dict(norm_eval=False)])
def test_a_backbone_that_changes_is_refused(change):
    with pytest.raises(ValueError, match='changes in training; freeze it'):
        build(backbone=RESNET | change)
