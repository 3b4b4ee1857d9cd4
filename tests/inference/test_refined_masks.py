"""Masks of photographs that a refiner has sharpened; classes do not know of it."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from fss_mm.inference import FewShotInferencer
from fss_mm.inference.segmenting import merge_classes, refined_odds
from fss_mm.models import MaskRefiner
from tests.inference.conftest import GREEN, RED, color_config, square

GUIDED = dict(type='GuidedFilterRefiner', radius=0.1)


def rough(cfg):
    """The same at a quarter of the size, where masks have coarse edges."""
    cfg.test_dataloader.dataset.query_pipeline[1]['scale'] = (16, 16)
    cfg.test_dataloader.dataset.support_pipeline[2]['scale'] = (16, 16)
    return cfg


def two_squares(where=18):
    """A red square and a green one, which meet, and the truth."""
    image, red = square(RED, (10, where, 30, 16))
    other, green = square(GREEN, (10, where + 16, 30, 12))
    image[green > 0] = other[green > 0]
    return image, (red > 0) + 2 * (green > 0)


def refined_and_plain():
    models = [
        FewShotInferencer(rough(color_config()), refiner=r) for r in (GUIDED, None)
    ]
    for model in models:
        model.add_class('red', *square(RED))
        model.add_class('green', *square(GREEN))
    return models


def test_each_class_is_refined_before_they_share_the_image():
    """By the photograph itself, of which the network saw a quarter of the side."""
    image, truth = two_squares()
    refined, plain = (one(image).mask for one in refined_and_plain())
    wrong, before = ((mask != truth).sum() for mask in (refined, plain))
    assert wrong < before / 2
    assert set(np.unique(refined)) == {0, 1, 2}


def test_probabilities_of_a_class_are_the_refined_ones():
    image, _ = two_squares()
    model, plain = refined_and_plain()
    for one in (model, plain):
        one.remove_class('green')
    found = model(image, return_probabilities=True)
    coarse = torch.tensor(plain(image, return_probabilities=True).probabilities)
    rgb = torch.tensor(image[..., ::-1].copy()).permute(2, 0, 1)
    expected = model.segmentor.refiner(coarse, rgb)
    np.testing.assert_allclose(found.probabilities, expected, atol=1e-5)
    assert found.scores['red'] == pytest.approx(float(expected[expected > 0.5].mean()))


class Untouched(MaskRefiner):
    """Gives back what it is given, and notes it."""

    def refine(self, probabilities, image):
        self.seen = probabilities
        return probabilities


def test_classes_share_pixels_before_they_are_refined():
    """By hand: levels 2 and 8 have the unit 5; odds of 2 ln 3 / 5 become ln 3."""
    model, log3 = SimpleNamespace(refiner=Untouched()), float(np.log(3))
    odds = [torch.tensor([[2 / 5 * log3, 0.0]]), torch.tensor([[0.0, 8 / 5 * log3]])]
    image = np.zeros((1, 2, 3), np.uint8)
    refined, levels = refined_odds(model, odds, [2.0, 8.0], image)
    expected = torch.tensor([[[3, 1]], [[1, 3]]]) / 5
    torch.testing.assert_close(model.refiner.seen, expected)
    torch.testing.assert_close(torch.stack(refined), (expected * 5).log())
    assert levels == [1.0, 1.0]


@pytest.mark.parametrize('count', [1, 2, 5])
def test_a_refiner_that_does_nothing_changes_no_mask(count):
    torch.manual_seed(0)
    model = SimpleNamespace(refiner=Untouched())
    odds, levels = list(3 * torch.randn(count, 20, 30)), [1.0, 3.0, 5.0, 0.9, 7.0]
    image = np.zeros((20, 30, 3), np.uint8)
    expected, _ = merge_classes(odds, levels[:count])
    found, _ = merge_classes(*refined_odds(model, odds, levels[:count], image))
    assert np.array_equal(found, expected) and len(np.unique(found)) == count + 1


def test_classes_do_not_know_of_a_refiner(tmp_path):
    """Neither what is learned nor what is expected; files go from one to the other."""
    refined, plain = refined_and_plain()
    assert refined.fingerprint == plain.fingerprint
    first, second = (one.learned['red'] for one in (refined, plain))
    assert (first.level, first.origin) == (second.level, second.origin)
    path = tmp_path / 'c.safetensors'
    plain.save_classes(path)
    for name in refined.classes:
        refined.remove_class(name)
    assert refined.load_classes(path) == ('red', 'green')


def test_a_refiner_of_the_config_can_be_left_out():
    cfg = color_config()
    cfg.model.refiner = GUIDED
    assert FewShotInferencer(cfg).segmentor.refiner.radius == 0.1
    assert FewShotInferencer(cfg, refiner='guided').segmentor.refiner.radius == 0.04
    assert FewShotInferencer(cfg, refiner='none').segmentor.refiner is None
    with pytest.raises(ValueError, match="refiner='sharp', expected 'guided', 'sam'"):
        FewShotInferencer(cfg, refiner='sharp')
    with pytest.raises(ValueError, match="unknown key 'radus' in model.refiner"):
        FewShotInferencer(cfg, refiner=dict(type='GuidedFilterRefiner', radus=1))
