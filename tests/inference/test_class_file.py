"""A file of classes is what was written, or is refused in a line."""

import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from tests.inference.conftest import RED, square


def rename(tensors, metadata):
    tensors['0.0.other'] = tensors.pop('0.0.foreground')


def swap_shape(tensors, metadata):
    tensors['0.0.foreground'] = tensors['0.0.foreground'].flatten()[None, None].clone()


def spoil(tensors, metadata):
    tensors['0.0.foreground'][:] = float('nan')


def leave_out(tensors, metadata):
    del tensors['0.0.foreground']


def add(tensors, metadata):
    tensors['0.0.more'] = torch.zeros(1)


def another_type(tensors, metadata):
    tensors['0.0.foreground'] = tensors['0.0.foreground'].half()


def another_level(tensors, metadata):
    (known,) = json.loads(metadata['classes'])
    metadata['classes'] = json.dumps([known | dict(level=1e9)])


def no_classes(tensors, metadata):
    del metadata['classes']


def without_digest(tensors, metadata):
    del metadata['sha256']


def another_model(tensors, metadata):
    metadata['model'] = metadata['model'][::-1]


@pytest.mark.parametrize(
    'change',
    [
        rename, swap_shape, spoil, leave_out, add, another_type, another_level,
        no_classes, without_digest, another_model,
    ],
)  # fmt: skip
def test_a_file_that_was_changed(model, tmp_path, change):
    model.add_class('red', *square(RED))
    path = tmp_path / 'classes.safetensors'
    model.save_classes(path)
    with safe_open(path, 'pt') as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    change(tensors, metadata)
    save_file(tensors, path, metadata)
    model.remove_class('red')
    with pytest.raises(
        ValueError,
        match="classes.safetensors': (damaged|its classes were learned)",
    ):
        model.load_classes(path)
    assert model.classes == ()
