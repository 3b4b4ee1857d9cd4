"""Models on drawn shapes, as files: a prototype, and a supervised one by brightness."""

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS

from fss_mm.datasets.shapes_scene import SHAPE_CLASSES
from tests.conftest import ROOT

PROTOTYPE = f"""
_base_ = ['{ROOT}/configs/shapes/simprop_fold0.py']
model = dict(
    type='FewShotSegmentor',
    backbone=dict(out_nodes=('relu',)),
    decode_head=dict(
        _delete_=True, type='PrototypeHead', in_channels=(64,), in_index=(0,)),
)
test_dataloader = dict(
    sampler=dict(num_episodes=12, seeds=(0,)),
    dataset=dict(num_images=60, side=32),
)
"""
SUPERVISED = """
default_scope = 'mmseg'
custom_imports = dict(imports=['tests.analysis.toys'])
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor', mean=[127.5] * 3, std=[127.5] * 3),
    backbone=dict(type='Brightness'),
    decode_head=dict(
        type='FCNHead', in_channels=1, channels=1, num_convs=0, concat_input=False,
        dropout_ratio=0, num_classes=NUMBER, in_index=0),
    train_cfg=dict(), test_cfg=dict(mode='whole'))
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(32, 32), keep_ratio=False),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs')]
test_dataloader = dict(dataset=dict(
    type='RepeatDataset', dataset=dict(type='BaseSegDataset', metainfo=dict(
        classes=CLASSES))))
"""


@MODELS.register_module()
class Brightness(BaseModule):
    """The mean of the channels, at full size."""

    def forward(self, x):
        return (x.mean(1, keepdim=True),)


def write_prototype(folder, name='prototype', more=''):
    """A few-shot config; gives its path."""
    path = folder / f'{name}.py'
    path.write_text(PROTOTYPE + more)
    return path


def write_supervised(folder, classes=('ground', *SHAPE_CLASSES[:20]), meta=None):
    """A config and weights: label 1 on bright pixels, 2 on dark ones, 0 elsewhere."""
    config, weights = folder / 'supervised.py', folder / 'supervised.pth'
    text = SUPERVISED.replace('NUMBER', str(len(classes)))
    config.write_text(text.replace('CLASSES', repr(tuple(classes))))
    weight, bias = torch.zeros(len(classes), 1, 1, 1), torch.full((len(classes),), -9.0)
    weight[1], weight[2], bias[:3] = 1.0, -1.0, torch.tensor([0.5, 0.0, 0.0])
    state = {'decode_head.conv_seg.weight': weight, 'decode_head.conv_seg.bias': bias}
    torch.save(dict(state_dict=state, meta=meta or {}), weights)
    return config, weights
