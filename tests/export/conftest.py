"""Exported files that several tests look at."""

from functools import cache

import pytest

from fss_mm.export import export_classes, export_stages, graph
from tests.export.small_models import learned, require_packages, small_segmentor


@pytest.fixture(scope='session')
def files(tmp_path_factory):
    """Files of PrototypeHead, made once: baked class, encoder, segment stage."""
    require_packages()

    @cache
    def make():
        model = small_segmentor('PrototypeHead')
        path = tmp_path_factory.mktemp('prototype') / 'model.onnx'
        classes = dict(owl=learned(model))
        baked = export_classes(model, classes, path, facts=dict(licence='CC0-1.0'))
        return baked, *export_stages(model, path)

    return make


@pytest.fixture
def no_new_graphs(files, monkeypatch):
    """Files of PrototypeHead get graphs that were made before; all else is done.

    A graph that resizes its images is made.
    """
    import onnx

    made = files()

    def to_onnx(stage, samples, axes, outputs, opset, what):
        if getattr(getattr(stage, 'reader', None), 'size', None) is not None:
            return graph.to_onnx(stage, samples, axes, outputs, opset, what)
        names = tuple(axes), tuple(outputs)
        (file,) = (file for file in made if (file.inputs, file.outputs) == names)
        return onnx.load(file.path)

    monkeypatch.setattr('fss_mm.export.onnx_export.to_onnx', to_onnx)
