"""What all refiners have in common, and their place behind a segmentor."""

import pytest
import torch
from torch import nn

from fss_mm.models import GuidedFilterRefiner, MaskRefiner, largest_images
from fss_mm.models.refiners import refined_logits, refiner_config
from fss_mm.registry import MODELS
from fss_mm.structures import FewShotSegDataSample, QueryFeatures
from tests.models.builders import ALL_HEADS, batch, build_segmentor, run, segmentor_with

GUIDED = dict(type='GuidedFilterRefiner')


@MODELS.register_module()
class RedPixels(MaskRefiner):
    """The class is where the image is red; it notes what it was given."""

    seen: list = []

    def refine(self, probabilities, image):
        self.seen.append((probabilities, image))
        return (image[:1] > 200).float().expand_as(probabilities)


@MODELS.register_module()
class ModuleRefiner(MaskRefiner, nn.Module):
    """One whose weights would be the segmentor's."""


def predicted(model, **kwargs):
    with torch.no_grad():
        return run(model.eval(), batch(**kwargs), 'predict')


@pytest.mark.parametrize('kind', ALL_HEADS)
def test_any_head(kind):
    """What is refined is what the head predicts, at the size of the mask."""
    plain = predicted(segmentor_with(kind, type='FewShotSegmentor'))
    model = segmentor_with(kind, type='FewShotSegmentor', refiner=GUIDED)
    data = batch()
    for i, (done, before) in enumerate(zip(predicted(model), plain)):
        head = model.decode_head
        whole = head.predict_by_feat(before.seg_logits.data[None], (33, 33))
        image = data['inputs']['query'][i].flip(0)  # loaders give BGR
        expected = GuidedFilterRefiner()(whole.softmax(1)[:, 1], image)
        assert done.seg_logits.shape == (33, 33)
        found = done.seg_logits.data.softmax(0)[1]
        torch.testing.assert_close(found, expected[0], atol=1e-5, rtol=1e-4)
        assert torch.equal(done.pred_sem_seg.data, (expected > 0.5).byte())


def test_without_one_nothing_changes():
    plain, off = (predicted(build_segmentor(**k)) for k in ({}, dict(refiner=None)))
    for a, b in zip(plain, off):
        assert torch.equal(a.seg_logits.data, b.seg_logits.data)
        assert a.seg_logits.shape != (33, 33), 'logits have the resolution of the head'


@pytest.mark.parametrize('flip', [True, False])
def test_a_refiner_gets_the_image_as_it_was_loaded(flip):
    RedPixels.seen.clear()
    preprocessor = dict(type='FewShotDataPreProcessor', bgr_to_rgb=flip)
    model = build_segmentor(
        refiner=dict(type='RedPixels'), data_preprocessor=preprocessor
    )
    data = batch(n=1)
    loaded = data['inputs']['query'][0].clone()
    (done,) = predicted(model, n=1)
    ((_, image),) = RedPixels.seen
    assert torch.equal(image, loaded.flip(0)) and image.dtype == torch.uint8
    assert torch.equal(done.pred_sem_seg.data[0], (loaded[2] > 200).byte())


def test_an_image_of_another_size_is_resized_to_the_prediction():
    """As where masks are loaded behind the resizing of the image."""
    RedPixels.seen.clear()
    model = build_segmentor(refiner=dict(type='RedPixels'))
    samples = [FewShotSegDataSample(metainfo=dict(ori_shape=(50, 40)))]
    image = model.data_preprocessor.normalize(torch.full((1, 3, 33, 33), 9))
    model.write_predictions([torch.zeros(1, 2, 5, 5)], samples, (), image)
    ((probabilities, image),) = RedPixels.seen
    assert image.shape == (3, 50, 40) and (image == 9).all()
    assert probabilities.shape == (1, 50, 40) and (probabilities == 0.5).all()


@pytest.mark.parametrize(
    'strategy',
    [
        dict(test_scales=(0.75, 1.25)),
        dict(shot_fusion=dict()),
        dict(fine_tuning=dict(steps=1)),
    ],
    ids=lambda one: next(iter(one)),
)
def test_strategies_combine(strategy):
    """The image is that of the largest scale."""
    RedPixels.seen.clear()
    torch.manual_seed(0)
    model = build_segmentor(refiner=dict(type='RedPixels'), **strategy)
    done = predicted(model, n=1, k=2)
    loaded = batch(n=1, k=2)['inputs']['query'][0]
    ((_, image),) = RedPixels.seen
    assert image.shape == (3, 33, 33)
    if 'test_scales' not in strategy:
        assert torch.equal(image, loaded.flip(0))
    assert torch.equal(done[0].pred_sem_seg.data[0], (image[0] > 200).byte())


def test_the_largest_of_several_scales():
    queries = [QueryFeatures((), (n, n), torch.zeros(1, 3, n, n)) for n in (24, 41, 33)]
    assert largest_images(queries).shape == (1, 3, 41, 41)


def test_half_precision_stops_at_a_refiner():
    RedPixels.seen.clear()
    arithmetic = dict(precision='bfloat16')
    model = build_segmentor(refiner=dict(type='RedPixels'), arithmetic=arithmetic)
    (done,) = predicted(model, n=1)
    ((probabilities, _),) = RedPixels.seen
    assert probabilities.dtype == done.seg_logits.data.dtype == torch.float32


def test_logits_of_what_is_certain_are_numbers():
    class Sure(MaskRefiner):
        def refine(self, probabilities, image):
            return torch.tensor([[[0.0, 1.0, 0.75]]])

    image = torch.zeros(3, 1, 3, dtype=torch.uint8)
    logits = refined_logits(Sure(), torch.zeros(1, 2, 1, 3), image)
    assert logits.isfinite().all()
    expected = torch.tensor([0, 1, 0.75])
    torch.testing.assert_close(logits.softmax(1)[0, 1, 0], expected, atol=1e-5, rtol=0)


def test_a_refiner_is_no_part_of_the_weights():
    plain, refined = build_segmentor(), build_segmentor(refiner=GUIDED)
    assert plain.state_dict().keys() == refined.state_dict().keys()


def test_what_is_no_refiner_is_refused():
    with pytest.raises(ValueError, match='is a ModuleRefiner, expected a MaskRefiner'):
        build_segmentor(refiner=dict(type='ModuleRefiner'))
    with pytest.raises(ValueError, match='is a PrototypeHead, expected a MaskRefiner'):
        head = dict(type='PrototypeHead', in_channels=(3,), in_index=(0,))
        build_segmentor(refiner=head)


def test_a_preprocessor_that_gives_no_images_back():
    with pytest.raises(ValueError, match='has no pixels.*use FewShotDataPreProcessor'):
        build_segmentor(
            refiner=GUIDED, data_preprocessor=dict(type='mmseg.SegDataPreProcessor')
        )


def test_predictions_without_images_are_refused():
    model = build_segmentor(refiner=GUIDED)
    samples = [FewShotSegDataSample(metainfo=dict(ori_shape=(5, 5)))]
    with pytest.raises(ValueError, match='GuidedFilterRefiner looks at the queries'):
        model.write_predictions([torch.zeros(1, 2, 5, 5)], samples)


def test_gradients_end_before_a_refiner():
    mask = torch.rand(1, 4, 5, requires_grad=True)
    image = torch.zeros(3, 4, 5, dtype=torch.uint8)
    assert not GuidedFilterRefiner()(mask, image).requires_grad


def test_shapes_and_types_are_checked():
    mask, image = torch.rand(1, 4, 5), torch.zeros(3, 4, 5, dtype=torch.uint8)
    refiner = GuidedFilterRefiner()
    for wrong in (mask[0], mask.byte()):
        with pytest.raises(ValueError, match=r'expected \(C, H, W\) of floats'):
            refiner(wrong, image)
    for wrong in (image[0], image[:1], image.float()):
        with pytest.raises(ValueError, match=r'expected \(3, h, w\) of uint8, RGB'):
            refiner(mask, wrong)


def test_short_names():
    assert refiner_config('guided') == GUIDED
    assert refiner_config('none') is None
    assert refiner_config(dict(GUIDED, radius=0.1)) == dict(GUIDED, radius=0.1)
    sam = dict(type='SamRefiner', weights='w')
    assert refiner_config('sam', 'w') == sam
    for wrong, text in (
        (('sharp',), "refiner='sharp', expected 'guided', 'sam', 'none', or dict"),
        ((True,), 'refiner=True, expected'),
        (('sam',), "refiner 'sam' needs weights, and has none"),
        (('guided', 'w'), "refiner 'guided' has no weights: SAM alone"),
    ):
        with pytest.raises(ValueError, match=text):
            refiner_config(*wrong)
