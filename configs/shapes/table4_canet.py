"""SimPropNet's Table 4 on the embedded data set, row 1: CANet.

python tools/run_table.py configs/shapes/table4_*.py --folds 0 --num-episodes 200
"""

_base_ = 'simprop_fold0.py'

model = dict(
    type='FewShotSegmentor',
    decode_head=dict(
        _delete_=True,
        type='CANetHead',
        in_channels=(64,),
        in_index=(0,),
        channels=48,
        dropout=0.0,
        refine=dict(decoder=dict(dropout=0.0, dilations=(2, 4, 6))),
        init_cfg=_base_.model.decode_head.init_cfg,
    ),
)
