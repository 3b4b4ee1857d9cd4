"""Exported files compute what PyTorch computes: every head, any size and number."""

import numpy as np
import pytest
import torch

from fss_mm.export import (
    export_classes,
    export_stages,
    onnx_export,
    sample_class,
    sample_images,
)
from tests.export.small_models import CASES, learned, require_packages, small_segmentor


@pytest.fixture(autouse=True)
def packages():
    require_packages()


def largest(found):
    """Of all outputs but the labels."""
    return max(value for name, value in found.items() if name != 'mask')


def check_classes(file):
    """A file of classes, on images of several numbers and sizes."""
    for n, size in CASES:
        assert largest(file.check(sample_images(n, size))) < 1e-4


# Both kinds of files run the same two methods of a head (test_stages.py holds that they
# agree in PyTorch, for each head), so that a graph of one kind a head is enough; of
# PrototypeHead, in test_files.py, there are both.


@pytest.mark.parametrize('kind', ['SimPropHead', 'DiscriminantHead'])
def test_a_file_of_a_class_agrees_with_pytorch(tmp_path, kind):
    model = small_segmentor(kind)
    file = export_classes(model, dict(owl=learned(model)), tmp_path / 'a.onnx')
    check_classes(file)
    agrees_in_openvino(file)


@pytest.mark.parametrize('kind', ['CANetHead', 'CRNetHead'])
def test_files_of_two_stages_agree_with_pytorch(tmp_path, kind):
    encoder, segment = export_stages(small_segmentor(kind), tmp_path / 'a.onnx')
    check_stages(encoder, segment)
    for file in (encoder, segment):
        agrees_in_openvino(file)
    if kind == 'CRNetHead':
        check_names(encoder, segment)


def test_both_kinds_of_files_of_prototypes(files):
    baked, *stages = files()
    check_classes(baked)
    check_stages(*stages)


def check_stages(encoder, segment):
    """An encoder and a segment stage, on images and supports of several sizes."""
    for n, size in CASES:
        images = sample_images(n, size)
        assert largest(encoder.check(images)) < 1e-4
        with torch.no_grad():
            levels = encoder.stage(images)
        known = sample_class(segment.stage.segmentor, n, 1, (65, 49)).tensors()
        assert largest(segment.check(levels, known)) < 1e-4


def check_names(encoder, segment):
    """The class is named inputs of the segment stage."""
    shapes = {x.name: x.shape for x in segment.session().get_inputs()}
    assert list(shapes) == ['level_0', 'map', 'vector']
    assert shapes['level_0'] == ['batch', 4, 'level_0_height', 'level_0_width']
    assert shapes['map'] == ['batch', 4, 'map_2', 'map_3'], 'supports of any size'
    assert shapes['vector'] == ['batch', 4, 1, 1]
    (images,) = encoder.session().get_inputs()
    assert images.shape == ['batch', 'height', 'width', 3]


def agrees_in_openvino(file):
    """The same numbers there, where it is installed."""
    try:
        import openvino
    except ImportError:
        return
    core, single = openvino.Core(), dict(INFERENCE_PRECISION_HINT='f32')
    model = core.compile_model(core.read_model(str(file.path)), 'CPU', single)
    arrays = file.arrays(*file.sample)
    expected = file.session().run(list(file.outputs), arrays)
    found = model(arrays)
    for name, value in zip(file.outputs, expected):
        if name != 'mask':
            np.testing.assert_allclose(found[name], value, atol=1e-3)


def prototypes(scoring, **model):
    """Three and two prototypes, with a bias for each."""
    head = dict(
        type='PrototypeHead', in_channels=(64, 128), num_prototypes=3,
        num_background_prototypes=2, scoring=scoring, unit_levels=True, calibrate=True,
    )  # fmt: skip
    return small_segmentor('PrototypeHead', decode_head=head, **model)


@pytest.mark.parametrize(
    ('scoring', 'model', 'size'),
    [('max', {}, None), ('mixture', dict(test_scales=(0.75, 1.0)), (65, 81))],
)
def test_several_prototypes_and_scales_are_in_the_file(
    tmp_path, monkeypatch, scoring, model, size
):
    """Traced at one size, which is much faster; with one prototype it is any."""
    monkeypatch.setattr(onnx_export, '_SAMPLES', CASES[:1] * 2)
    segmentor = prototypes(scoring, **model)
    known = dict(owl=learned(segmentor, 2))
    file = export_classes(segmentor, known, tmp_path / 'a.onnx', size=size)
    assert largest(file.check(sample_images(*CASES[0]))) < 1e-4


def test_matched_cells_without_clusters(tmp_path):
    """With three shots, whose cells are in the file."""
    head = dict(type='ClusterMatchHead', in_channels=(64, 128), clusters=False)
    segmentor = small_segmentor('ClusterMatchHead', decode_head=head)
    known = dict(owl=learned(segmentor, 3))
    check_classes(export_classes(segmentor, known, tmp_path / 'a.onnx'))


def test_a_class_with_weights_of_its_own_beside_one_without(tmp_path):
    """And shots that are kept apart."""
    apart = dict(shot_fusion=dict())
    tuned = small_segmentor('NearestColorHead', fine_tuning=dict(steps=3), **apart)
    tuned.fine_tuning.optimizer = dict(type='SGD', lr=0.1)
    with torch.inference_mode(False):
        adapted = learned(tuned, 2)
    assert adapted[0].weights and not adapted[0].diverged
    plain = small_segmentor('NearestColorHead', **apart)
    known = dict(owl=adapted, wren=learned(plain, 1, seed=1))
    file = export_classes(plain, known, tmp_path / 'a.onnx', dict(wren=2.0))
    check_classes(file)
    # as the segmentor itself finds it
    n, size = CASES[1]
    images = sample_images(n, size)
    query = plain.encode_queries(file.stage.reader(images))
    with torch.no_grad():
        whole = plain.segment(
            query, adapted[0].map(lambda x: x.expand(n, *x.shape[1:]))
        )
    background, foreground = plain.decode_head.resize(whole, size).unbind(1)
    found = file.session().run(['logits'], file.arrays(images))[0]
    np.testing.assert_allclose(found[:, 0], foreground - background, atol=1e-4)


def test_a_norm_of_channels_that_hardly_vary():
    """SimPropNet's tiled vector: means of onnxruntime alone lose the rest."""
    from fss_mm.export.graph import to_onnx

    class Norm(torch.nn.Module):
        def forward(self, x):
            return torch.nn.functional.instance_norm(x)

    import onnxruntime

    spread = 1e-3 * torch.sin(torch.arange(2 * 41 * 43.0)).view(2, 1, 41, 43)
    x = 40 + spread
    model = to_onnx(Norm(), ((x,), (x,)), dict(x='abcd'), ('y',), 18, 'a norm')
    (found,) = onnxruntime.InferenceSession(model.SerializeToString()).run(
        None, dict(x=x.numpy())
    )
    expected = Norm()(x.double()).numpy()
    assert np.abs(expected).max() > 0.1
    assert np.abs(found - expected).max() < 1e-4
