"""CRNet, small, on the embedded data set.

python tools/train.py configs/shapes/crnet_fold0.py
"""

_base_ = [
    '../_base_/models/shapes_r18.py',
    '../_base_/datasets/shapes.py',
    '../_base_/schedules/shapes_1400.py',
    '../_base_/default_runtime.py',
]

model = dict(
    decode_head=dict(
        type='CRNetHead',
        in_channels=(64,),
        in_index=(0,),
        channels=48,
        co_occurrence=dict(dropout=0.0, dilations=(2, 4, 6)),
        init_cfg=dict(type='Kaiming', layer='Conv2d'),
    ),
)
