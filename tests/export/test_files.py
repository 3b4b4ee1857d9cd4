"""Files that are whole, describe themselves, and replace none; clear words else."""

import json
import re
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

import fss_mm
from fss_mm.export import (
    export_classes,
    export_stages,
    graph,
    input_size,
    sample_images,
)
from fss_mm.export.checks import check_stages
from fss_mm.export.stages import EncoderStage
from fss_mm.models import FewShotDecodeHead
from fss_mm.models.decode_heads import PrototypeHead
from fss_mm.registry import MODELS
from fss_mm.structures import FewShotHeadOutput
from tests.conftest import ROOT
from tests.export.small_models import learned, small_segmentor
from tests.models.builders import build_segmentor

GUIDED = dict(type='GuidedFilterRefiner')


@MODELS.register_module()
class DecidingHead(PrototypeHead):
    """Looks at a value to decide what to do."""

    def segment(self, query, representation):
        if query.levels[0].mean() > 0:
            return super().segment(query, representation)
        return FewShotHeadOutput(query.levels[0][:, :2])


@MODELS.register_module()
class LookingAgainHead(PrototypeHead):
    """Needs the size of the images behind the encoder."""

    def segment(self, query, representation):
        logits = super().segment(query, representation).query_logits
        return FewShotHeadOutput(self.resize(logits, query.image_size))


@MODELS.register_module()
class WholeHead(FewShotDecodeHead):
    """A head with nothing but a forward."""

    def forward(self, query, supports, with_support=False):
        return FewShotHeadOutput(query.levels[0][:, :2])


DEBIASED = dict(backbone=dict(type='PositionalDebias', backbone=dict(type='TwoLayers')))


def segmentor_of(kind, **kwargs):
    """A segmentor with one of the heads above, or another one by name."""
    if kind not in globals():
        return small_segmentor(kind, **kwargs)
    head = dict(type=kind, in_channels=(64, 128))
    plain = dict(type='FewShotSegmentor', backbone=dict(type='TwoLayers'))
    return build_segmentor(decode_head=head, **plain, **kwargs).eval()


# ---- what is written ---------------------------------------------------------------


def test_a_file_says_what_it_is(files):
    baked, encoder, segment = files()
    facts = baked.session().get_modelmeta().custom_metadata_map
    assert json.loads(facts['classes']) == ['owl']
    assert json.loads(facts['levels']) == [1.0]
    assert json.loads(facts['mean']) == [123.675, 116.28, 103.53]
    assert json.loads(facts['std']) == [58.395, 57.12, 57.375]
    assert facts['licence'] == 'CC0-1.0'
    assert (facts['kind'], facts['opset']) == ('classes', '18')
    assert facts['fss_mm_version'] == fss_mm.__version__
    kinds = [
        file.session().get_modelmeta().custom_metadata_map['kind']
        for file in (encoder, segment)
    ]
    assert kinds == ['encoder', 'segment']


def test_a_file_holds_no_path_of_this_machine(files):
    for file in files():
        assert str(ROOT).encode() not in file.path.read_bytes()
        assert b'site-packages' not in file.path.read_bytes()


def test_the_model_is_left_as_it_is(no_new_graphs, tmp_path):
    model = small_segmentor('PrototypeHead', arithmetic=dict(precision='bfloat16'))
    model.train()
    known = dict(owl=learned(small_segmentor('PrototypeHead')))
    file = export_classes(model, known, tmp_path / 'a.onnx')
    assert model.training and model.arithmetic.precision == 'bfloat16'
    assert file.check(sample_images(1, (33, 45)))['logits'] < 1e-4, 'single precision'


def test_nothing_is_replaced_unless_it_is_said(no_new_graphs, tmp_path):
    path = tmp_path / 'a.onnx'
    path.write_text('precious')
    (tmp_path / 'b.segment.onnx').write_text('precious')
    model = small_segmentor('PrototypeHead')
    known = dict(owl=learned(model))
    with pytest.raises(FileExistsError, match='a.onnx.* exists; .*--force'):
        export_classes(model, known, path)
    with pytest.raises(FileExistsError, match='b.segment.onnx'):
        export_stages(model, tmp_path / 'b.onnx')
    assert path.read_text() == 'precious'
    assert len(list(tmp_path.iterdir())) == 2, 'nor is half of it written'
    export_classes(model, known, path, overwrite=True).check()


def test_a_file_that_computes_something_else_is_refused(files):
    baked, *_ = files()
    for own in baked.stage.classes.buffers():
        own += 1
    try:
        with pytest.raises(ValueError, match=r'differs from PyTorch by .*expected at'):
            baked.check()
    finally:
        for own in baked.stage.classes.buffers():
            own -= 1


def test_the_block_of_the_document_runs(no_new_graphs, monkeypatch, tmp_path, capsys):
    text = (ROOT / 'docs/export.md').read_text()
    (block,) = re.findall(r'```python\n(.*?)```', text, flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    model = small_segmentor('PrototypeHead')
    (owl,) = learned(model)
    exec(block, dict(segmentor=model, owl=owl))
    assert "'logits': " in capsys.readouterr().out
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ['model.encoder.onnx', 'model.segment.onnx', 'owls.onnx']


# ---- what cannot be exported -------------------------------------------------------


@pytest.mark.parametrize(
    ('head', 'model', 'stages', 'words'),
    [
        ('WholeHead', {}, True, 'WholeHead cannot be exported: it has a forward alone'),
        ('DecidingHead', {}, True, 'decides by the values of tensors'),
        ('LookingAgainHead', {}, True, 'neither images nor their size are given'),
        ('NearestColorHead', dict(fine_tuning=dict()), True, '--classes'),
        ('PrototypeHead', dict(test_scales=(0.5, 1)), True, 'leave test_scales out'),
        ('CRNetHead', {}, 5, 'shot_fusion'),
        ('PrototypeHead', dict(test_scales=(0.5, 1)), False, r'--size H W'),
        ('PrototypeHead', dict(refiner=GUIDED), False, 'model.refiner=None'),
        ('DecidingHead', {}, False, 'DecidingHead cannot be exported to ONNX: it dec'),
        ('ClusterMatchHead', {}, True, 'clusters are made by SciPy'),
        ('ClusterMatchHead', {}, False, r'decode_head.clusters=False'),
        ('SimPropHead', DEBIASED, False, 'PositionalDebias cannot be exported: its'),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_line(
    files, tmp_path, head, model, stages, words
):
    segmentor = segmentor_of(head, **model)
    with pytest.raises(ValueError, match=words) as error:
        if stages:
            export_stages(segmentor, tmp_path / 'a.onnx', shots=int(stages))
        else:
            known = dict(owl=learned(segmentor, 1))
            export_classes(segmentor, known, tmp_path / 'a.onnx')
    assert '\n' not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_two_stages_end_before_a_refiner(tmp_path):
    """They give logits at the head's resolution, as without one."""
    plain, refined = (
        small_segmentor('PrototypeHead', refiner=r) for r in (None, GUIDED)
    )
    with torch.no_grad():
        images = sample_images(1, (33, 45))
        levels = [EncoderStage(one, None)(images) for one in (plain, refined)]
    assert all(torch.equal(a, b) for a, b in zip(*levels))
    check_stages(refined, 1)


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(path='a.pt'), 'ends in .onnx'),
        (dict(opset=12), 'opset=12, expected 18 to 23'),
        (dict(classes={}), '0 classes, expected 1 to 255'),
        (dict(levels=dict(wren=2.0)), r"levels of \['wren'\].*\['owl'\]"),
        (dict(levels=dict(owl=0.0)), 'expected numbers above 0'),
        (dict(classes=dict(owl=())), "'owl' has 0 representations, and the model 1"),
    ],
)
def test_wrong_arguments(files, tmp_path, options, words):
    model = small_segmentor('PrototypeHead')
    options = dict(classes=dict(owl=learned(model)), path='a.onnx') | options
    path = tmp_path / options.pop('path')
    with pytest.raises(ValueError, match=words):
        export_classes(model, path=path, **options)


@pytest.mark.parametrize('module', ['onnx', 'onnxscript'])
def test_a_missing_package_is_named_with_its_extra(monkeypatch, tmp_path, module):
    monkeypatch.setitem(sys.modules, module, None)
    for other in {'onnx', 'onnxscript'} - {module}:
        monkeypatch.setitem(sys.modules, other, torch)
    with pytest.raises(ImportError, match=rf'{module} .*fss_mm\[export\]'):
        export_stages(small_segmentor('PrototypeHead'), tmp_path / 'a.onnx')


# ---- the size that a config's images have ------------------------------------------


@pytest.mark.parametrize(
    ('pipeline', 'size'),
    [
        ((), None),
        ((dict(type='LoadFewShotImage'), dict(type='LoadFewShotMask')), None),
        ((dict(type='Resize', scale=(321, 241)),), (241, 321)),
        ((dict(type='mmseg.Resize', scale=(5, 5), keep_ratio=False),), (5, 5)),
    ],
)
def test_input_size(pipeline, size):
    dataset = dict(type='FewShotFolderDataset', query_pipeline=list(pipeline))
    cfg = Config(dict(test_dataloader=dict(dataset=dataset)))
    assert input_size(cfg) == size


@pytest.mark.parametrize(
    'pipeline',
    [
        [dict(type='Resize', scale=(321, 321), keep_ratio=True)],
        [dict(type='Resize', scale_factor=0.5)],
        [dict(type='Resize', scale=(3, 3), interpolation='nearest')],
        [dict(type='Resize', scale=(3, 3)), dict(type='Pad', size=(4, 4))],
    ],
)
def test_a_pipeline_that_does_more_is_named(pipeline):
    cfg = Config(dict(test_dataloader=dict(dataset=dict(query_pipeline=pipeline))))
    with pytest.raises(ValueError, match=r'query_pipeline has .*--size H W'):
        input_size(cfg)


# ---- the example -------------------------------------------------------------------


def test_the_example_needs_onnxruntime_and_numpy_alone(files, tmp_path):
    baked, *_ = files()
    pixels = sample_images(1, (40, 60))[0].numpy()
    Image.fromarray(pixels).save(tmp_path / 'photo.png')
    block = 'import sys, runpy; sys.modules.update(torch=None, mmengine=None); '
    script = str(ROOT / 'projects/onnx_example/segment.py')
    words = [script, str(baked.path), 'photo.png', 'mask.png']
    run = f'sys.argv = {words!r}; runpy.run_path({script!r}, run_name="__main__")'
    done = subprocess.run(
        [sys.executable, '-c', block + run],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    mask = np.asarray(Image.open(tmp_path / 'mask.png'))
    with torch.no_grad():
        expected = baked.stage(torch.tensor(pixels)[None])[0][0].numpy()
    assert mask.shape == (40, 60) and 0 < expected.mean() < 1
    assert (mask == expected).mean() > 0.99
    share = f'{(mask == 1).mean():.1%}'
    assert done.stdout.startswith(f'owl: {share} of the picture, probability 0.')


def test_weights_under_a_restrictive_licence_are_accepted_first(tmp_path):
    model = small_segmentor('PrototypeHead')
    model.backbone.name, model.backbone.weights_licence = 'x', 'cc-by-nc-4.0'
    classes = dict(owl=learned(model))
    path = tmp_path / 'model.onnx'
    for export in (
        partial(export_classes, model, classes),
        partial(export_stages, model),
    ):
        with pytest.raises(
            ValueError, match='weights of x: cc-by-nc-4.0: .*--accept-l'
        ):
            export(path)
    assert list(tmp_path.iterdir()) == []


def test_tokens_of_a_transformer_at_any_size(tmp_path, monkeypatch):
    """Images are resized to patches, and positions interpolated, in the graph.

    The licence of the encoder's weights is in the file.
    """
    pytest.importorskip('timm')
    backbone = dict(
        type='TimmBackbone', name='test_vit', weights=None, out_indices=(0,)
    )
    head = dict(type='PrototypeHead', in_channels=(64,), in_index=(0,))
    model = build_segmentor(
        type='FewShotSegmentor', backbone=backbone, decode_head=head
    ).eval()

    def to_onnx(stage, samples, axes, outputs, *rest):
        if 'logits' in outputs:  # of the segment stage one size is enough
            samples = samples[:1] * 2
        return graph.to_onnx(stage, samples, axes, outputs, *rest)

    monkeypatch.setattr('fss_mm.export.onnx_export.to_onnx', to_onnx)
    encoder, _ = export_stages(model, tmp_path / 'vit.onnx')
    for size in ((33, 45), (101, 170), (5, 64)):
        found = encoder.differences(sample_images(3, size))
        assert max(found.values()) < 1e-4
    facts = encoder.session().get_modelmeta().custom_metadata_map
    assert json.loads(facts['encoder_licences']) == dict(test_vit='apache-2.0')
