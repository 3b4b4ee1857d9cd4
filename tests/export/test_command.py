"""The command ``export``: what is asked for, written, compared and measured."""

from argparse import ArgumentParser
from types import SimpleNamespace

import pytest
from mmengine.config import Config

import fss_mm
from fss_mm_cli import export
from tests.export.small_models import learned, small_segmentor


@pytest.fixture
def command(no_new_graphs, monkeypatch, tmp_path):
    """Run the command on a small model, with one class in its file."""
    model = small_segmentor('PrototypeHead')
    resize = dict(type='Resize', scale=(65, 49))
    dataset = dict(query_pipeline=[resize])
    inferencer = SimpleNamespace(
        segmentor=model,
        cfg=Config(dict(test_dataloader=dict(dataset=dataset))),
        fingerprint='abc',
        learned={},
    )

    def load_classes(path):
        assert path == 'owls.safetensors'
        one = SimpleNamespace(representations=learned(model), level=2.0)
        inferencer.learned['owl'] = one

    inferencer.load_classes = load_classes
    made = lambda *args, **kwargs: inferencer  # noqa: E731
    monkeypatch.setattr(fss_mm, 'FewShotInferencer', made, raising=False)

    def run(*words):
        parser = ArgumentParser()
        export.add_arguments(parser)
        out = ['--out', str(tmp_path / 'a.onnx')]
        export.run(parser.parse_args(['prototype/folder', *words, *out]))

    return run


def test_classes_in_one_file(command, capsys, tmp_path):
    import onnxruntime

    command('weights.pth', '--classes', 'owls.safetensors', '--check', '--time', '2')
    out = capsys.readouterr().out
    assert 'a.onnx' in out and 'largest differences from PyTorch: prob' in out
    assert 'one image of 49 x 65' in out and 'medians of 2 turns' in out
    session = onnxruntime.InferenceSession(tmp_path / 'a.onnx')
    facts = session.get_modelmeta().custom_metadata_map
    assert (facts['levels'], facts['size']) == ('[2.0]', '[49, 65]')
    assert facts['fingerprint'] == 'abc'


def test_two_stages(command, capsys, tmp_path):
    command('--size', '0', '--check', '--time', '1')
    out = capsys.readouterr().out
    assert 'a.encoder.onnx: largest' in out and 'a.segment.onnx: largest' in out
    assert 'one image of 321 x 321' in out
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ['a.encoder.onnx', 'a.segment.onnx']
    with pytest.raises(FileExistsError, match='--force'):
        command('--size', '0')


@pytest.mark.parametrize('size', [['3', '0'], ['-1'], ['1', '2', '3']])
def test_a_size_that_is_none(command, size):
    with pytest.raises(ValueError, match='expected height and width'):
        command('--size', *size)


def test_one_number_is_a_square():
    assert export._size([5]) == (5, 5) and export._size([4, 5]) == (4, 5)
    assert export._size([0]) is None
