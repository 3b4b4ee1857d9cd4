"""SimPropNet on VOC-8, sized for two CPU cores."""

_base_ = ['../../_base_/datasets/voc8.py']

model = dict(
    type='DualLossSegmentor',
    backbone=_base_.squeezenet,
    decode_head=dict(
        type='SimPropHead',
        in_channels=(256, 512),
        channels=96,
        fusion=dict(normalize_maps=True),
        dropout=0.1,
        decoder=dict(dropout=0.1),
        # IoU is best at a threshold below 1/2 where predictions are unsure, as they
        # are on novel classes; a weight of 2 puts it at 1/3
        loss_decode=dict(type='CrossEntropyLoss', class_weight=[1.0, 2.0]),
        init_cfg=dict(type='Kaiming', layer='Conv2d'),
    ),
)
max_iters = 800
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=1e-2),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=100, by_epoch=False),
    dict(type='PolyLR', power=0.9, begin=100, end=max_iters, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=200)
val_cfg = dict(type='EncodeOnceValLoop')
