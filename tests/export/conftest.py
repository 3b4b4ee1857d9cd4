"""Exported files that several tests look at."""

from functools import cache

import pytest

from fss_mm.export import export_classes, export_stages
from tests.export.small_models import learned, require_packages, small_segmentor


@pytest.fixture(scope='session')
def files(tmp_path_factory):
    """Files of a head by name, made once: baked class, encoder, segment stage."""
    require_packages()

    @cache
    def make(kind):
        model = small_segmentor(kind)
        path = tmp_path_factory.mktemp(kind) / 'model.onnx'
        classes = dict(owl=learned(model))
        baked = export_classes(model, classes, path, facts=dict(licence='CC0-1.0'))
        return baked, *export_stages(model, path)

    return make
