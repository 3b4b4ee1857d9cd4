"""The bank: each image of a training once, by its name, and nothing else changes."""

import numpy as np
import pytest
import torch

from fss_mm.models import FeatureBank
from fss_mm.registry import MODELS
from tests.models.builders import batch, build_segmentor, run

RESNET = dict(
    type='TorchvisionBackbone', name='resnet18', out_nodes=('layer2', 'layer3'),
    weights=None,
)  # fmt: skip


def make_backbone(seed=0):
    torch.manual_seed(seed)
    network = MODELS.build(RESNET).eval()
    network.sizes = []
    network.register_forward_hook(lambda m, x, y: m.sizes.append(len(x[0])))
    return network


@pytest.fixture
def backbone():
    return make_backbone()


def test_each_image_is_encoded_once(backbone):
    bank, images = FeatureBank(), torch.rand(3, 3, 33, 33)
    first = bank(backbone, images[[0, 1, 0]], ['a', 'b', 'a'])
    again = bank(backbone, images[[1, 2]], ['b', 'c'])
    assert backbone.sizes == [2, 1], 'image 0 twice in one batch, image 1 known'
    expected = backbone(images)
    for level, truth in zip(first, expected):
        assert torch.allclose(level, truth[[0, 1, 0]], atol=1e-5)
    for level, truth in zip(again, expected):
        assert torch.allclose(level, truth[[1, 2]], atol=1e-5)


def test_the_name_tells_images_apart_and_nothing_else(backbone):
    bank, images = FeatureBank(), torch.rand(2, 3, 33, 33)
    first = bank(backbone, images[:1], ['a'])
    same = bank(backbone, images[1:], ['a'])
    assert torch.equal(first[0], same[0]), 'pixels are not looked at'
    other = bank(backbone, images[1:], ['b'])
    assert not torch.equal(first[0], other[0])
    assert backbone.sizes == [1, 1]


def test_an_image_without_a_name_is_refused(backbone):
    bank, images = FeatureBank(), torch.rand(2, 3, 33, 33)
    with pytest.raises(ValueError, match='draws at random, so that images never ret'):
        bank(backbone, images, ['a', None])
    assert not bank.kept and not backbone.sizes


def test_memory_is_bounded_and_the_batch_at_hand_is_whole(backbone):
    images, names = torch.rand(2, 3, 33, 33), ['a', 'b']
    small = FeatureBank(max_gib=0)
    assert [x.shape[0] for x in small(backbone, images, names)] == [2, 2]
    assert not small.kept and small.num_bytes == 0
    bank = FeatureBank()
    bank(backbone, images, names)
    size = 4 * 25 * (128 + 256)  # bytes of an image: both levels are 5 x 5
    assert bank.num_bytes == 2 * size
    bank.max_bytes = 2 * size
    bank(backbone, images[:1], ['a'])  # now b is the one not used for longest
    bank(backbone, images[:1], ['c'])
    assert [name.split()[0] for name in bank.kept] == ['a', 'c']
    assert bank.num_bytes == 2 * size


def test_changed_weights_are_seen(backbone):
    bank, images = FeatureBank(), torch.rand(1, 3, 33, 33)
    before = bank(backbone, images, ['a'])[0]
    with torch.no_grad():
        backbone.body.conv1.weight *= 1.5
    after = bank(backbone, images, ['a'])[0]
    assert not torch.allclose(before, after)
    assert torch.allclose(after, backbone(images)[0], atol=1e-5)


def test_precision_is_the_callers(backbone):
    bank, images = FeatureBank(), torch.rand(1, 3, 33, 33)
    with torch.autocast('cpu', torch.bfloat16):
        assert bank(backbone, images, ['a'])[0].dtype == torch.bfloat16
    assert bank(backbone, images, ['a'])[0].dtype == torch.float32
    half = backbone.to(torch.bfloat16)
    given = bank(half, images.to(torch.bfloat16), ['a'])
    assert given[0].dtype == torch.bfloat16


def test_half_precision_takes_half_the_space(backbone):
    whole, half = FeatureBank(), FeatureBank(half=True)
    images = torch.rand(2, 3, 33, 33)
    for bank in (whole, half):
        bank(backbone, images, ['a', 'b'])
    assert whole.num_bytes == 2 * half.num_bytes
    for a, b in zip(*(bank(backbone, images, ['a', 'b']) for bank in (whole, half))):
        assert b.dtype == torch.float32 and not torch.equal(a, b)
        assert torch.equal(a.half().float(), b)
    assert backbone.sizes == [2, 2]


# ---- on a disk ---------------------------------------------------------------------


def test_a_folder_serves_the_next_training(tmp_path, backbone):
    images, folder = torch.rand(2, 3, 33, 33), tmp_path / 'bank'
    first = FeatureBank(folder=str(folder))(backbone, images, ['a', 'b'])
    assert backbone.sizes == [2] and len(list(folder.iterdir())) == 2 * 2
    same_weights = make_backbone()
    next_bank = FeatureBank(folder=str(folder))
    again = next_bank(same_weights, images.flip(0), ['b', 'a'])
    assert same_weights.sizes == [] and next_bank.num_bytes == 0
    assert all(torch.equal(a, b.flip(0)) for a, b in zip(first, again))


def test_a_folder_gives_one_precision_the_first_time_and_later(tmp_path, backbone):
    """NumPy has no bfloat16."""
    bank, images = FeatureBank(folder=str(tmp_path)), torch.rand(2, 3, 33, 33)
    with torch.autocast('cpu', torch.bfloat16):
        first = bank(backbone, images, ['a', 'b'])
        later = bank(backbone, images, ['a', 'b'])
        mixed = bank(backbone, images, ['a', 'c'])
    for levels in (first, later, mixed):
        assert {level.dtype for level in levels} == {torch.float32}
    assert all(map(torch.equal, first, later))


def test_a_folder_keeps_weights_apart(tmp_path, backbone):
    images, other = torch.rand(1, 3, 33, 33), make_backbone(seed=1)
    results = [
        FeatureBank(folder=str(tmp_path))(network, images, ['a'])[0]
        for network in (backbone, other)
    ]
    assert other.sizes == [1] and not torch.allclose(*results)
    half = FeatureBank(folder=str(tmp_path), half=True)
    half(backbone, images, ['a'])
    assert backbone.sizes == [1, 1], 'and precisions'
    kinds = {np.load(path).dtype.name for path in tmp_path.iterdir()}
    assert kinds == {'float16', 'float32'}


def test_a_folder_keeps_structures_of_equal_weights_apart(tmp_path, backbone):
    """Strides and dilations are in no state dict."""
    images, results = torch.rand(1, 3, 33, 33), []
    for options in ({}, dict(output_stride=None), dict(dilate_strided=False)):
        network = MODELS.build(RESNET | options).eval()
        network.load_state_dict(backbone.state_dict())
        found = FeatureBank(folder=str(tmp_path))(network, images, ['a'])
        for level, expected in zip(found, network(images)):
            assert torch.allclose(level, expected, atol=1e-5)
        results.append(found)
    assert len(list(tmp_path.iterdir())) == 2 * 3


def test_a_folder_keeps_settings_of_wrapped_backbones_apart(tmp_path):
    """The levels of a wrapped backbone are in no weight and no structure."""
    pytest.importorskip('timm')
    images, found = torch.rand(1, 3, 32, 32), []
    for levels in ((0, 1), (1,)):
        torch.manual_seed(0)
        inner = dict(type='TimmBackbone', name='test_vit2', weights=None)
        wrapped = MODELS.build(
            dict(type='PositionalDebias', backbone=inner | dict(out_indices=levels))
        )
        wrapped.use_preprocessor(MODELS.build(dict(type='FewShotDataPreProcessor')))
        bank = FeatureBank(folder=str(tmp_path))
        found.append(len(bank(wrapped, images, ['a'])))
    assert found == [3, 2]


def test_an_image_half_written_is_encoded_again(tmp_path, backbone):
    """Level 0 is written last; until it is there, nothing is."""
    images = torch.rand(1, 3, 33, 33)
    first = FeatureBank(folder=str(tmp_path))(backbone, images, ['a'])
    next(tmp_path.glob('*.0.npy')).unlink()
    again = FeatureBank(folder=str(tmp_path))(backbone, images, ['a'])
    assert backbone.sizes == [1, 1]
    assert len(again) == 2 and all(map(torch.equal, first, again))


# ---- in the segmentor --------------------------------------------------------------

CRNET = dict(type='CRNetHead', in_channels=(64, 128), channels=4)


@pytest.mark.parametrize('head, k', [(None, 2), (CRNET, 1)])
@pytest.mark.parametrize('on_disk', [False, True])
def test_a_training_step_is_the_same_with_a_bank(head, k, on_disk, tmp_path):
    """A view of a support has features of its own."""
    options = {} if head is None else dict(decode_head=head)
    bank = dict(folder=str(tmp_path)) if on_disk else {}
    plain = build_segmentor(**options).train()
    banked = build_segmentor(**options, feature_bank=bank).train()
    assert plain.state_dict().keys() == banked.state_dict().keys()
    passes = []
    banked.backbone.register_forward_hook(lambda m, x, y: passes.append(len(x[0])))
    for step in range(2):
        losses = []
        for model in (plain, banked):
            torch.manual_seed(step)  # of dropout
            losses.append(run(model, batch(k=k), 'loss'))
        assert losses[0].keys() == losses[1].keys()
        for key, value in losses[0].items():
            assert torch.allclose(value, losses[1][key], atol=1e-5), key
    images = 2 + 2 * k * len(banked.support_views)
    assert sum(passes) == images
    if not on_disk:
        assert len(banked.feature_bank.kept) == images


def test_a_folder_keeps_preprocessors_apart(tmp_path):
    """The names are of pixels as they are on the disk."""
    files = []
    for change in ({}, dict(mean=(0, 0, 0)), dict(std=(1, 1, 1)),
                   dict(bgr_to_rgb=False)):  # fmt: skip
        preprocessor = dict(type='FewShotDataPreProcessor') | change
        options = dict(data_preprocessor=preprocessor)
        plain = build_segmentor(**options).train()
        banked = build_segmentor(**options, feature_bank=dict(folder=str(tmp_path)))
        losses = run(plain, batch(), 'loss'), run(banked.train(), batch(), 'loss')
        for key, value in losses[0].items():
            assert torch.allclose(value, losses[1][key], atol=1e-5), key
        files.append(len(list(tmp_path.iterdir())))
    assert files == [files[0] * i for i in range(1, 5)]


def test_a_folder_keeps_masks_of_masked_views_apart(tmp_path):
    options = dict(decode_head=CRNET)
    plain = build_segmentor(**options).train()
    banked = build_segmentor(**options, feature_bank=dict(folder=str(tmp_path)))
    files = []
    for turned in (False, True, True):
        data = batch()
        if turned:
            masks = data['inputs']['support_mask']
            data['inputs']['support_mask'] = [1 - mask for mask in masks]
        losses = []
        for model in (plain, banked.train()):
            torch.manual_seed(0)  # of dropout
            losses.append(run(model, data, 'loss'))
        for key, value in losses[0].items():
            assert torch.allclose(value, losses[1][key], atol=1e-5), key
        files.append(len(list(tmp_path.iterdir())) // 2)
    assert files == [6, 8, 8], 'two queries and two supports remain'


def test_a_bank_is_not_asked_at_test():
    model = build_segmentor(feature_bank=dict()).eval()
    run(model, batch(), 'predict')
    assert not model.feature_bank.kept


def test_averaged_queries_are_other_images():
    averaging = dict(
        type='FewShotDataPreProcessor',
        input_channel_averaging=dict(prob=0.5, decay=0.0),
    )
    model = build_segmentor(data_preprocessor=averaging, feature_bank=dict()).train()
    data = model.data_preprocessor(batch(n=16, size=9), training=True)
    grey = [bool((image == image[:1]).all()) for image in data['inputs']['query']]
    assert 0 < sum(grey) < 16
    for i, (sample, averaged) in enumerate(zip(data['data_samples'], grey)):
        assert sample.query_key == (f'q{i} averaged' if averaged else f'q{i}')
    expected = {f'q{i}' + ' averaged' * g + ' plain' for i, g in enumerate(grey)}
    model(**data, mode='loss')
    names = {name.partition(' plain')[0] + ' plain' for name in model.feature_bank.kept}
    assert names == expected | {f's{i}.0 plain' for i in range(16)}
    plain = model.data_preprocessor(batch(n=16, size=9))
    assert all(s.query_key == f'q{i}' for i, s in enumerate(plain['data_samples']))


def test_images_that_were_drawn_at_random_are_refused_in_training():
    model, data = build_segmentor(feature_bank=dict()).train(), batch()
    data['data_samples'][1].set_metainfo(dict(support_keys=(None,)))
    with pytest.raises(ValueError, match='take the random transforms out of query_pip'):
        run(model, data, 'loss')


@pytest.mark.parametrize('change', [dict(frozen=False), dict(norm_eval=False)])
def test_a_backbone_that_changes_is_refused(change):
    with pytest.raises(ValueError, match='changes in training; freeze it'):
        build_segmentor(feature_bank=dict(), backbone=RESNET | change)
    dropping = torch.nn.Sequential(torch.nn.Dropout(0.1))
    with pytest.raises(ValueError, match='changes in training'):
        FeatureBank.require_frozen(dropping)


def test_weights_that_are_swapped_behind_its_back_are_seen(backbone):
    """As mmengine's EMAHook does around a validation, which no version counts."""
    bank, images = FeatureBank(), torch.rand(1, 3, 33, 33)
    averaged = make_backbone(seed=1)

    def swap():
        for ours, theirs in zip(backbone.parameters(), averaged.parameters()):
            kept = ours.data.clone()
            ours.data.copy_(theirs.data)
            theirs.data.copy_(kept)

    before = bank(backbone, images, ['a'])[0]
    swap()
    assert torch.equal(bank(backbone, images, ['a'])[0], backbone(images)[0])
    swap()
    assert torch.equal(bank(backbone, images, ['a'])[0], before)
    backbone.body.bn1.running_var.data.mul_(2)
    assert torch.equal(bank(backbone, images, ['a'])[0], backbone(images)[0])
