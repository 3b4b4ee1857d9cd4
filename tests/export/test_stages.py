"""What a file computes is what the segmentor does with the same picture."""

import mmcv
import numpy as np
import pytest
import torch
from mmcv.transforms import Resize

from fss_mm.export import sample_class, sample_images
from fss_mm.export.checks import check_stages
from fss_mm.export.stages import (
    BakedClasses,
    EncoderStage,
    ImageReader,
    SegmentStage,
)
from fss_mm.structures import FewShotSegDataSample
from tests.export.small_models import learned, small_segmentor
from tests.models.builders import ALL_HEADS


def test_images_in_rgb_are_what_a_loader_gives_in_bgr():
    model = small_segmentor('PrototypeHead')
    images = sample_images(2, (33, 45))
    bgr = [x.flip(2).permute(2, 0, 1) for x in images]
    data = dict(inputs=dict(query=bgr), data_samples=None)
    expected = model.data_preprocessor(data)['inputs']['query']
    assert torch.equal(ImageReader(model.data_preprocessor, None)(images), expected)


def test_resizing_is_that_of_a_pipeline_but_for_rounding():
    model = small_segmentor('PrototypeHead')
    images = sample_images(1, (33, 45))
    rgb = ImageReader(model.data_preprocessor, (40, 71))(images)
    bgr = mmcv.rgb2bgr(images[0].numpy())
    resized = Resize(scale=(71, 40))(dict(img=bgr))['img']
    data = dict(inputs=dict(query=[torch.tensor(resized).permute(2, 0, 1)]))
    expected = model.data_preprocessor(data | dict(data_samples=None))['inputs']
    levels = (rgb - expected['query']) * model.data_preprocessor.std
    assert levels.abs().max() <= 1, 'of 255'


@pytest.mark.parametrize('kind', ['SimPropHead', 'PrototypeHead'])
def test_masks_are_those_of_a_test(kind):
    model = small_segmentor(kind)
    images, known = sample_images(1, (33, 45)), learned(model)
    with torch.no_grad():
        mask, _, odds = BakedClasses(model, dict(owl=known), {}, None)(images)
        query = model.encode_queries(ImageReader(model.data_preprocessor, None)(images))
        logits = model.segment(model.describe_queries(query), known[0])
    sample = FewShotSegDataSample(metainfo=dict(ori_shape=(33, 45)))
    model.write_predictions([logits], [sample])
    assert torch.equal(mask, sample.pred_sem_seg.data)
    assert torch.equal(mask, (odds[:, 0] > 0).to(torch.uint8))


@pytest.mark.parametrize('kind', [k for k in ALL_HEADS if k != 'ClusterMatchHead'])
def test_both_kinds_of_files_compute_the_same(kind):
    model, size = small_segmentor(kind), (33, 45)
    images, known = sample_images(2, size), learned(model)
    with torch.no_grad():
        *_, odds = BakedClasses(model, dict(owl=known), {}, None)(images)
        tensors = known[0].repeated(2).tensors()
        logits, _ = SegmentStage(model, 1)(EncoderStage(model, None)(images), tensors)
        whole = model.decode_head.predict_by_feat(logits, size)
    torch.testing.assert_close(odds[:, 0], whole[:, 1] - whole[:, 0])


def test_a_class_that_is_tuned_needs_no_stage_of_its_own():
    """Of a head that is tuned each class has one."""
    model = small_segmentor('SimPropHead', fine_tuning=dict(tuned='class'))
    check_stages(model, 1)
    assert sample_class(model, 2, 1, (33, 45)).tensors().keys() == (
        learned(small_segmentor('SimPropHead'))[0].tensors().keys()
    )
    tuned = small_segmentor('SimPropHead', fine_tuning=dict(steps=1))
    with pytest.raises(ValueError, match='each class weights of its own'):
        check_stages(tuned, 2)


def test_images_are_encoded_once_whatever_number_of_classes(monkeypatch):
    model, seen = small_segmentor('PrototypeHead'), []
    encode = type(model).encode_queries
    monkeypatch.setattr(
        type(model), 'encode_queries', lambda *a: seen.append(1) or encode(*a)
    )
    known = dict(a=learned(model), b=learned(model, seed=1))
    BakedClasses(model, known, {}, None)(sample_images(2, (33, 45)))
    assert seen == [1]


@pytest.mark.parametrize(
    ('odds', 'levels', 'label'),
    [
        ((1.0, 3.0), dict(), 2),
        ((1.0, 3.0), dict(b=4.0), 1),  # 1 against 3/4
        ((1.0, 3.0), dict(a=0.5, b=2.0), 1),  # 2 against 3/2
        ((-1.0, -3.0), dict(b=4.0), 0),
        ((-1.0, 0.5), dict(a=0.1, b=9.0), 2),
        ((2.0, 2.0), dict(), 1),  # the first
    ],
)
def test_the_largest_in_its_own_unit_has_the_pixel(monkeypatch, odds, levels, label):
    model = small_segmentor('PrototypeHead')
    known = learned(model)
    stage = BakedClasses(model, dict(a=known, b=known), levels, None)
    given = iter(odds)
    monkeypatch.setattr(
        stage, '_log_odds', lambda *_: torch.full((1, 8, 8), next(given))
    )
    mask, probabilities, logits = stage(sample_images(1, (8, 8)))
    assert mask.dtype == torch.uint8 and (mask == label).all()
    np.testing.assert_allclose(logits[0, :, 0, 0], odds)
    expected = [1 / (1 + np.exp(-x)) for x in odds]
    np.testing.assert_allclose(probabilities[0, :, 0, 0], expected, rtol=1e-6)
