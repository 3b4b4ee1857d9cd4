"""Exported files compute what PyTorch computes: every head, any size and number."""

import numpy as np
import pytest
import torch

from fss_mm.export import export_classes, sample_class, sample_images
from tests.export.small_models import SIZES, learned, small_segmentor
from tests.models.builders import ALL_HEADS, TRAINED_WHOLE

# nothing of the heads trained whole is not in another: cosines, convolutions
LEFT_OUT = ('ClusterMatchHead', *TRAINED_WHOLE)
EXPORTED = [kind for kind in ALL_HEADS if kind not in LEFT_OUT]
CASES = list(zip((1, 3, 1, 3), SIZES))


def largest(found):
    """Of all outputs but the labels."""
    return max(value for name, value in found.items() if name != 'mask')


@pytest.mark.parametrize('kind', EXPORTED)
def test_files_agree_with_pytorch(files, kind):
    baked, encoder, segment = files(kind)
    for n, size in CASES:
        images = sample_images(n, size)
        assert largest(baked.check(images)) < 1e-4
        assert largest(encoder.check(images)) < 1e-4
        with torch.no_grad():
            levels = encoder.stage(images)
        known = sample_class(segment.stage.segmentor, n, 1, (65, 49)).tensors()
        assert largest(segment.check(levels, known)) < 1e-4


def test_the_class_is_named_inputs_of_the_segment_stage(files):
    _, encoder, segment = files('CRNetHead')
    shapes = {x.name: x.shape for x in segment.session().get_inputs()}
    assert list(shapes) == ['level_0', 'map', 'vector']
    assert shapes['level_0'] == ['batch', 4, 'level_0_height', 'level_0_width']
    assert shapes['map'] == ['batch', 4, 'map_2', 'map_3'], 'supports of any size'
    assert shapes['vector'] == ['batch', 4, 1, 1]
    (images,) = encoder.session().get_inputs()
    assert images.shape == ['batch', 'height', 'width', 3]


@pytest.mark.parametrize(
    ('kind', 'shots', 'model', 'size'),
    [
        ('NearestColorHead', 2, dict(shot_fusion=dict()), None),
        ('PrototypeHead', 1, dict(test_scales=(0.75, 1.0)), (65, 81)),
    ],
)
def test_strategies_are_in_the_file(files, tmp_path, kind, shots, model, size):
    segmentor = small_segmentor(kind, **model)
    known = dict(owl=learned(segmentor, shots))
    file = export_classes(segmentor, known, tmp_path / 'a.onnx', size=size)
    for n, shown in CASES:
        assert largest(file.check(sample_images(n, shown))) < 1e-4


def test_matched_cells_without_clusters(files, tmp_path):
    """With three shots, whose cells are in the file."""
    head = dict(type='ClusterMatchHead', in_channels=(64, 128), clusters=False)
    segmentor = small_segmentor('ClusterMatchHead', decode_head=head)
    known = dict(owl=learned(segmentor, 3))
    file = export_classes(segmentor, known, tmp_path / 'a.onnx')
    for n, shown in CASES:
        assert largest(file.check(sample_images(n, shown))) < 1e-4


@pytest.mark.parametrize('scoring', ['max', 'mixture'])
def test_several_prototypes_and_their_bias_are_in_the_file(files, tmp_path, scoring):
    head = dict(
        type='PrototypeHead', in_channels=(64, 128), num_prototypes=3,
        num_background_prototypes=2, scoring=scoring, unit_levels=True, calibrate=True,
    )  # fmt: skip
    segmentor = small_segmentor('PrototypeHead', decode_head=head)
    known = dict(owl=learned(segmentor, 2))
    file = export_classes(segmentor, known, tmp_path / 'a.onnx')
    for n, shown in CASES:
        assert largest(file.check(sample_images(n, shown))) < 1e-4


def test_a_class_with_weights_of_its_own_beside_one_without(files, tmp_path):
    tuned = small_segmentor('NearestColorHead', fine_tuning=dict(steps=3))
    tuned.fine_tuning.optimizer = dict(type='SGD', lr=0.1)
    with torch.inference_mode(False):
        adapted = learned(tuned, 2)
    assert adapted[0].weights and not adapted[0].diverged
    plain = small_segmentor('NearestColorHead')
    known = dict(owl=adapted, wren=learned(plain, 1, seed=1))
    file = export_classes(plain, known, tmp_path / 'a.onnx', dict(wren=2.0))
    for n, size in CASES:
        assert largest(file.check(sample_images(n, size))) < 1e-4
    # as the segmentor itself finds it
    images = sample_images(2, SIZES[0])
    query = plain.encode_queries(file.stage.reader(images))
    with torch.no_grad():
        whole = plain.segment(
            query, adapted[0].map(lambda x: x.expand(2, *x.shape[1:]))
        )
    background, foreground = plain.decode_head.resize(whole, SIZES[0]).unbind(1)
    found = file.session().run(['logits'], file.arrays(images))[0]
    np.testing.assert_allclose(found[:, 0], foreground - background, atol=1e-4)


def test_a_norm_of_channels_that_hardly_vary(files, tmp_path):
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


@pytest.mark.parametrize('kind', ['SimPropHead', 'CRNetHead'])
def test_openvino_reads_the_files(files, kind):
    openvino = pytest.importorskip('openvino', reason='openvino is not installed')
    core, single = openvino.Core(), dict(INFERENCE_PRECISION_HINT='f32')
    for file in files(kind):
        model = core.compile_model(core.read_model(str(file.path)), 'CPU', single)
        arrays = file.arrays(*file.sample)
        expected = file.session().run(list(file.outputs), arrays)
        found = model(arrays)
        for name, value in zip(file.outputs, expected):
            if name != 'mask':
                np.testing.assert_allclose(found[name], value, atol=1e-3)
