"""SimPropNet, small, on the embedded data set: what quickstart runs.

The backbone starts from random weights and is trained with the head, so that nothing is
downloaded.
"""

_base_ = [
    '../_base_/models/shapes_r18.py',
    '../_base_/datasets/shapes.py',
    '../_base_/schedules/shapes_1400.py',
    '../_base_/default_runtime.py',
]

model = dict(
    decode_head=dict(
        type='SimPropHead',
        in_channels=(64,),
        in_index=(0,),
        channels=48,
        fusion=dict(normalize_maps=True),
        dropout=0.0,
        decoder=dict(dropout=0.0, dilations=(2, 4, 6)),
        init_cfg=dict(type='Kaiming', layer='Conv2d'),
    ),
)
