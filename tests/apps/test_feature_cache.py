"""Features that are kept are those that an encoder would give."""

import numpy as np
import pytest
import torch
from mmengine.config import Config

from fss_mm.apps.feature_cache import FeatureCache
from fss_mm.engine.describe_images import encode_images
from fss_mm.inference import FewShotInferencer
from fss_mm.structures import QUERY, SUPPORT
from tests.inference.conftest import color_config, square


def model_with(**model) -> FewShotInferencer:
    cfg = color_config()
    return FewShotInferencer(Config(cfg.to_dict() | dict(model=cfg.model | model)))


@pytest.fixture
def prepared():
    """A prepared support with two masks."""

    def make(model):
        image, mask = square()
        picture = model.prepare.reader(image)
        masks = (mask // 255, np.roll(mask // 255, 9, 1))
        return [model.prepare.support(picture, one) for one in masks]

    return make


@pytest.mark.parametrize('scales', [(1.0,), (0.75, 1.0)])
def test_another_mask_needs_no_encoder(prepared, scales):
    model, cache = model_with(test_scales=scales), FeatureCache()
    with torch.no_grad():
        for image in prepared(model):
            found = cache(model.segmentor, SUPPORT, [image])
            fresh = encode_images(model.segmentor, SUPPORT, [image])
            for one, other in zip(found, fresh, strict=True):
                known, expected = one.tensors(), other.tensors()
                assert known.keys() == expected.keys()
                assert all(torch.equal(known[k], expected[k]) for k in known)
    assert cache.passes == 1


def test_a_head_that_looks_at_masked_photographs(prepared, monkeypatch):
    """Its examples are encoded with each mask, and once with the same one."""
    model, cache = model_with(), FeatureCache()
    views = ('plain', 'foreground_only')
    monkeypatch.setattr(model.segmentor.decode_head, 'support_views', views)
    with torch.no_grad():
        for image in [*prepared(model)] * 2:
            (found,) = cache(model.segmentor, SUPPORT, [image])
            (fresh,) = encode_images(model.segmentor, SUPPORT, [image])
            for name in views:
                assert torch.equal(found.views[name][0], fresh.views[name][0])
    assert cache.passes == 2


def test_features_are_kept_within_bounds():
    """What was asked for last stays; several at once are not kept."""
    model = model_with()
    cache = FeatureCache(max_bytes=4 * 64 * 64 * 3 * 4)
    shades = [np.full((64, 64, 3), shade, np.uint8) for shade in (0, 50, 100, 150)]
    images = [model.prepare.query(model.prepare.reader(shade)) for shade in shades]
    with torch.no_grad():
        for place in (0, 1, 0, 2, 0):  # each has levels, and the image itself
            cache(model.segmentor, QUERY, [images[place]])
        assert cache.passes == 3 and 0 < cache.num_bytes <= cache.max_bytes
        cache(model.segmentor, QUERY, images)
    assert cache.passes == 3
    cache.forget(model.segmentor)
    assert cache.num_bytes == 0
