"""Classes that heads without training make: in files, together, held out."""

from importlib.util import find_spec

import numpy as np
import pytest

from fss_mm.inference import FewShotInferencer
from tests.inference.conftest import BLUE, GREEN, RED, color_config, square

BOXES = ((16, 16, 32, 32), (0, 0, 32, 32), (24, 8, 40, 24))


HEADS = [
    pytest.param(
        dict(type='ClusterMatchHead'),
        marks=pytest.mark.skipif(find_spec('scipy') is None, reason='no scipy'),
    ),
    dict(type='DiscriminantHead'),
    dict(
        type='PrototypeHead',
        num_prototypes=2,
        num_background_prototypes=2,
        clustering='superpixel',
    ),
]


def model_of(head):
    """Colours at 16 x 16."""
    cfg = color_config()
    cfg.model.decode_head = head | dict(in_channels=(3,), in_index=(0,))
    return FewShotInferencer(cfg, image_size=16)


def learn(model, name, color, boxes=BOXES):
    pairs = [square(color, box) for box in boxes]
    return model.add_class(name, *map(list, zip(*pairs)))


@pytest.mark.parametrize('head', HEADS)
def test_classes_are_found_together_held_out_and_kept(tmp_path, head):
    model = model_of(head)
    red, green = learn(model, 'red', RED), learn(model, 'green', GREEN, BOXES[:1])
    if head['type'] == 'ClusterMatchHead':
        assert red.representations[0]['cells'].shape == (1, 3, 3, 16, 16)
    assert red.mean_iou > 90 and np.isnan(green.mean_iou)
    image, found = square(RED, (8, 8, 24, 24))[0], np.zeros((64, 64))
    image[40:56, 40:56] = GREEN
    image[8:24, 40:56] = BLUE
    found[8:32, 8:32], found[40:56, 40:56] = 1, 2
    mask = model(image).mask
    assert (mask == found).mean() > 0.95, 'but for their borders'
    model.save_classes(tmp_path / 'colors.safetensors')
    other = model_of(head)
    assert other.load_classes(tmp_path / 'colors.safetensors') == ('red', 'green')
    assert np.array_equal(other(image).mask, mask)
