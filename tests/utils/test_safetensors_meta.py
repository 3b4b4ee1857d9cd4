"""What stands beside the weights of a safetensors file, and what is malformed in it."""

import pytest
import torch
from safetensors.torch import save_file

from fss_mm.engine.checkpoint_meta import meta_of
from fss_mm.engine.training_history import history_in
from fss_mm.utils.checkpoint_files import read_checkpoint
from fss_mm.utils.safetensors_meta import from_texts, to_texts

IMAGES = torch.tensor([-(2**63), 0, 2**63 - 1])
META = dict(
    iter=3,
    runs=[['a', 0]],
    dataset_meta=dict(classes=['owl'], fold=None),
    training_history=dict(classes=['owl'], datasets=['d'], unknown=[], images=IMAGES),
)


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / 'a.safetensors'
    save_file({'x': torch.ones(2)}, path, metadata=to_texts(META))
    found = read_checkpoint(path)
    history = found['meta'].pop('training_history')
    assert history.pop('images').equal(IMAGES)
    rest = {k: v for k, v in META.items() if k != 'training_history'}
    assert found['meta'] == rest | dict(format='pt')
    assert history == dict(classes=['owl'], datasets=['d'], unknown=[])


def test_other_texts_are_kept():
    assert from_texts({'format': 'pt', 'by': 'ada'}) == {'format': 'pt', 'by': 'ada'}
    with pytest.raises(TypeError, match='ndarray is no plain value'):
        to_texts(dict(a=torch.ones(1).long().numpy()))


@pytest.mark.parametrize(
    'text',
    [
        '{', '[1]', '1', 'null', '"x"', '[' * 100000, '{"training_history": 3}',
        '{"training_history": {"classes": [], "datasets": [], "unknown": [], '
        '"images": {"int64": ["a"]}}}',
        '{"training_history": {"classes": [], "datasets": [], "unknown": [], '
        '"images": {"int64": [1e99, 99999999999999999999999]}}}',
        '{"training_history": {"classes": [], "datasets": [], "unknown": [], '
        '"images": {"int64": 3}}}',
    ],
)  # fmt: skip
def test_what_is_malformed_counts_as_not_said(text):
    checkpoint = dict(meta=from_texts({'fss_mm': text}))
    assert 'training_history' not in meta_of(checkpoint)
    assert history_in(checkpoint, 'a.safetensors').unknown == ('a.safetensors',)


def test_a_program_beside_the_weights_is_dropped(tmp_path):
    path = tmp_path / 'a.safetensors'
    save_file({'x': torch.ones(2)}, path, metadata=to_texts(dict(config='import os')))
    assert 'config' not in read_checkpoint(path)['meta']
