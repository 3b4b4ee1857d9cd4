"""A segmentor from its files, and a class that is learned once."""

import inspect
import re

import pytest
import torch
from mmengine.config import Config

from fss_mm.apis import load_segmentor
from fss_mm.apis.inspection import random_batch
from fss_mm.registry import MODELS
from tests.conftest import ROOT

CONFIG = ROOT / 'configs/shapes/simprop_fold0.py'


@pytest.fixture
def checkpoint(tmp_path):
    """Random weights in a work folder, as the best ones."""
    model = MODELS.build(Config.fromfile(CONFIG).model)
    path = tmp_path / 'best_mIoU_iter_1.pth'
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


@pytest.mark.parametrize('given', [CONFIG, str(CONFIG), Config.fromfile(CONFIG)])
def test_from_a_file_or_a_config(given, checkpoint):
    expected = torch.load(checkpoint)['state_dict']
    for weights in (checkpoint, str(checkpoint.parent)):
        model = load_segmentor(given, weights)
        assert not model.training
        for name, value in model.state_dict().items():
            assert torch.equal(value, expected[name])
    with pytest.raises(FileNotFoundError, match='no checkpoint and no work folder'):
        load_segmentor(given, 'nowhere')


def test_the_example_of_the_docstring(checkpoint):
    """What it computes is what a test of the same episode predicts."""
    batch = random_batch(1, 2, (64, 64))
    inputs = {name: values[0] for name, values in batch['inputs'].items()}
    lines = re.findall(r'(?:>>>|\.\.\.) (.*)', inspect.getdoc(load_segmentor))
    code = '\n'.join(line for line in lines if 'load_segmentor' not in line)
    model = load_segmentor(CONFIG, checkpoint)
    names = dict(
        torch=torch,
        model=model,
        images=inputs['support'],
        masks=inputs['support_mask'],
        image=inputs['query'],
    )
    exec(code, names)
    with torch.no_grad():
        (sample,) = model(**model.data_preprocessor(batch), mode='predict')
    assert names['mask'].shape == (64, 64)
    assert torch.allclose(names['logits'][0], sample.seg_logits.data, atol=1e-4)
