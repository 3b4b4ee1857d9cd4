"""The example head, loss and segmentor on the embedded data set.

PYTHONPATH=projects/example_head python tools/train.py \
    projects/example_head/configs/nearest_color_shapes.py
"""

_base_ = [
    '../../../configs/_base_/models/shapes_r18.py',
    '../../../configs/_base_/datasets/shapes.py',
    '../../../configs/_base_/schedules/shapes_1400.py',
    '../../../configs/_base_/default_runtime.py',
]

custom_imports = dict(
    imports=['nearest_color_head', 'soft_iou_loss', 'balanced_segmentor'],
    allow_failed_imports=False,
)
model = dict(
    type='BalancedSegmentor',
    decode_head=dict(
        type='NearestColorHead',
        in_channels=(64,),
        in_index=(0,),
        loss_decode=[
            dict(type='CrossEntropyLoss', avg_non_ignore=True),
            dict(type='SoftIoULoss'),
        ],
    ),
)
