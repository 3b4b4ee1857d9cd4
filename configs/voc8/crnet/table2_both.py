"""CRNet's Table 2 on VOC-8, row 3: condition and cross-reference.

The base of the other rows; data and budget are those of SimPropNet's rows.
"""

_base_ = '../simprop/table4_canet.py'

_canet = _base_.model.decode_head
model = dict(
    type='DualLossSegmentor',
    decode_head=dict(
        _delete_=True,
        type='CRNetHead',
        in_channels=(512,),
        in_index=(1,),
        unit_levels=_canet.unit_levels,
        channels=48,
        refine=dict(use_cache=False),
        co_occurrence=dict(dropout=0.1),
        loss_decode=_canet.loss_decode,
        init_cfg=_canet.init_cfg,
    ),
)
train_cfg = dict(val_interval=250)
