"""SimPropNet's Table 4 on the embedded data set, row 1: CANet.

python tools/run_table.py configs/shapes/simprop/table4_*.py --folds 0
"""

_base_ = [
    '../../_base_/models/shapes_r18.py',
    '../../_base_/datasets/shapes.py',
    '../../_base_/schedules/shapes_1400.py',
    '../../_base_/default_runtime.py',
]

model = dict(
    type='FewShotSegmentor',
    decode_head=dict(
        type='CANetHead',
        in_channels=(64,),
        in_index=(0,),
        channels=48,
        dropout=0.0,
        refine=dict(decoder=dict(dropout=0.0, dilations=(2, 4, 6))),
        init_cfg=dict(type='Kaiming', layer='Conv2d'),
    ),
)
