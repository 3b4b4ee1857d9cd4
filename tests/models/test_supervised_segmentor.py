"""mmseg's segmentors on few-shot data: trained on images, asked for a class."""

import pytest
import torch
from mmengine.config import Config
from mmengine.structures import PixelData
from mmseg.models.segmentors import EncoderDecoder

from fss_mm.models import SupervisedSegmentor
from fss_mm.models.layers import class_against_rest
from fss_mm.registry import MODELS
from tests.conftest import ROOT
from tests.models.builders import BACKBONE, batch, run

HEAD = dict(
    type='FCNHead', in_channels=128, in_index=1, channels=4, num_convs=1,
    concat_input=False, dropout_ratio=0.0, num_classes=4, norm_cfg=dict(type='BN'),
    align_corners=False,
)  # fmt: skip


def build(**kwargs):
    torch.manual_seed(0)
    model = dict(type='SupervisedSegmentor', backbone=BACKBONE, decode_head=HEAD)
    return MODELS.build(model | kwargs)


def images(n=2, labels=4):
    """A collated batch without supports."""
    data = batch(n=n)
    data['inputs'] = dict(query=data['inputs']['query'])
    for sample in data['data_samples']:
        base = torch.randint(0, labels, (1, 33, 33), dtype=torch.uint8)
        sample.base_sem_seg = PixelData(data=base)
        sample.set_metainfo(dict(class_name='owl'))
    return data


def test_it_is_mmsegs_model_by_its_weights_and_losses():
    auxiliary = dict(HEAD, in_channels=64, in_index=0)
    model = build(auxiliary_head=auxiliary).train()
    plain = MODELS.build(
        dict(type='EncoderDecoder', backbone=BACKBONE, decode_head=HEAD,
             auxiliary_head=auxiliary, test_cfg=dict(mode='whole'))
    ).train()  # fmt: skip
    plain.load_state_dict(model.state_dict())
    assert isinstance(model, EncoderDecoder)
    data = model.data_preprocessor(images(), training=True)
    losses = model(**data, mode='loss')
    truth = [
        type(s)(gt_sem_seg=PixelData(data=s.base_sem_seg.data.long()))
        for s in data['data_samples']
    ]
    expected = plain.loss(data['inputs']['query'], truth)
    assert losses.keys() == expected.keys() and len(losses) == 4
    assert all(torch.allclose(losses[k], expected[k]) for k in losses)
    model.parse_losses(losses)[0].backward()
    heads = [*model.decode_head.parameters(), *model.auxiliary_head.parameters()]
    assert all(p.grad is not None for p in heads)


def test_it_answers_with_the_class_of_the_episode():
    model = build().eval()
    model.use_labels(dict(owl=2))
    data = batch(n=2)
    for sample in data['data_samples']:
        sample.set_metainfo(dict(class_name='owl'))
    with torch.no_grad():
        samples = run(model, data, 'predict')
        query = model.data_preprocessor(data)['inputs']['query']
        whole = model.encode_decode(query, [dict(img_shape=(33, 33))] * 2)
    for i, sample in enumerate(samples):
        labels = whole[i].argmax(0)
        assert torch.equal(sample.pred_sem_seg.data[0] == 1, labels == 2)
        assert sample.seg_logits.data.shape == (2, 33, 33)
    del data['data_samples'][0].gt_sem_seg
    assert run(model, data, 'predict')[0].pred_sem_seg.shape == (50, 40)


def test_a_class_against_the_rest():
    logits = torch.randn(2, 5, 3, 3)
    for label in range(5):
        two = class_against_rest(logits, label)
        assert torch.equal(two.argmax(1) == 1, logits.argmax(1) == label)


def test_features_of_a_frozen_backbone_are_kept():
    model = build(feature_bank=dict()).train()
    seen = []
    model.backbone.register_forward_hook(lambda m, x, y: seen.append(len(x[0])))
    first = run(model, images(), 'loss')
    again = run(model, images(), 'loss')
    assert seen == [2] and torch.equal(first['decode.loss_ce'], again['decode.loss_ce'])
    with pytest.raises(ValueError, match='changes in training; freeze it'):
        build(backbone=dict(BACKBONE, frozen=False), feature_bank=dict())


def test_what_lacks_is_said():
    model = build().train()
    data = images()
    del data['data_samples'][1].base_sem_seg
    with pytest.raises(ValueError, match=r'put dict\(.*base_labels=True\) into query'):
        run(model, data, 'loss')
    with pytest.raises(ValueError, match=r'label 5 .*num_classes=4: set it to'):
        run(model, images(labels=6), 'loss')
    with pytest.raises(ValueError, match=r'has no test_scales: leave out .* --tta'):
        build(test_scales=(0.5, 1))
    with pytest.raises(
        ValueError, match=r"'owl' is no label .* knows none, as without"
    ):
        run(model.eval(), images(), 'predict')


@pytest.mark.parametrize(
    'name, total', [('all_classes', 43_591_418), ('fold0', 43_587_568)]
)
def test_parameters_of_deeplabv3plus(name, total):
    """Those of mmseg's, with 21 and with 16 labels."""
    cfg = Config.fromfile(ROOT / f'configs/deeplabv3plus/{name}.py')
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    assert isinstance(model, SupervisedSegmentor)
    assert sum(p.numel() for p in model.parameters()) == total
    auxiliary = sum(p.numel() for p in model.auxiliary_head.parameters())
    assert name == 'fold0' or auxiliary == 2_365_205
