"""SimPropNet's Table 4 on VOC-8, row 3: attentive fusion (FBAF) without DPr."""

_base_ = 'canet.py'

model = dict(
    decode_head=dict(
        _delete_=True,
        type='SimPropHead',
        in_channels=(256, 512),
        channels=64,
        fusion=dict(normalise_maps=True),
        dropout=0.1,
        decoder=dict(dropout=0.1),
        loss_decode=dict(type='CrossEntropyLoss', class_weight=[1.0, 2.0]),
        init_cfg=dict(type='Kaiming', layer='Conv2d', mode='fan_in'),
    )
)
