"""A model that knows colours, and pictures of coloured squares."""

import numpy as np
import pytest
from mmengine.config import Config
from torch import nn

from fss_mm.inference import FewShotInferencer
from fss_mm.registry import MODELS

RED, GREEN, BLUE, GRAY = (0, 0, 220), (0, 200, 0), (230, 0, 0), (120, 120, 120)  # BGR


@MODELS.register_module()
class ColorBackbone(nn.Module):
    """Features are the normalised colours of pixels."""

    def forward(self, x):
        return (x,)


LOAD = dict(type='LoadFewShotImage', imdecode_backend='pillow')
RESIZE = dict(type='Resize', scale=(64, 64))
MASK = dict(type='LoadFewShotMask')


def color_config(**dataset) -> Config:
    """The nearest colour, tested at 64 x 64."""
    known = dict(
        type='FewShotFolderDataset',
        query_pipeline=[LOAD, RESIZE, MASK],
        support_pipeline=[LOAD, MASK, RESIZE],
    )
    return Config(
        dict(
            default_scope='fss_mm',
            model=dict(
                type='FewShotSegmentor',
                backbone=dict(type='ColorBackbone'),
                decode_head=dict(type='PrototypeHead', in_channels=(3,), in_index=(0,)),
            ),
            test_dataloader=dict(dataset=known | dataset),
        )
    )


@pytest.fixture
def model() -> FewShotInferencer:
    return FewShotInferencer(color_config())


def square(color=RED, box=(16, 16, 32, 32), size=(64, 64)):
    """A picture with a square on grey, BGR, and its mask of 0 and 255."""
    top, left, height, width = box
    image = np.full((*size, 3), GRAY, dtype=np.uint8)
    mask = np.zeros(size, dtype=np.uint8)
    place = np.s_[top : top + height, left : left + width]
    image[place], mask[place] = color, 255
    return image, mask
