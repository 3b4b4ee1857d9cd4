"""CRNet, small, on the embedded data set.

python tools/train.py configs/shapes/crnet_fold0.py
"""

_base_ = 'simprop_fold0.py'

model = dict(
    decode_head=dict(
        _delete_=True,
        type='CRNetHead',
        in_channels=(64,),
        in_index=(0,),
        channels=48,
        co_occurrence=dict(dropout=0.0, dilations=(2, 4, 6)),
        init_cfg=_base_.model.decode_head.init_cfg,
    ),
)
