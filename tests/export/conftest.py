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
        baked = export_classes(model, classes, path, facts=dict(license='CC0-1.0'))
        return baked, *export_stages(model, path)

    return make


@pytest.fixture
def no_new_graphs(files, monkeypatch):
    """Files of PrototypeHead get graphs that were made before; all else is done."""
    import onnx

    def to_onnx(stage, samples, axes, outputs, opset, what):
        made = [f for f in files('PrototypeHead') if f.outputs == tuple(outputs)]
        (file,) = (f for f in made if f.inputs == tuple(axes))
        return onnx.load(file.path)

    monkeypatch.setattr('fss_mm.export.onnx_export.to_onnx', to_onnx)
