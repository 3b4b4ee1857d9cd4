"""SimPropNet, small, on the embedded data set: what quickstart runs.

The backbone starts from random weights and is trained with the head, so that nothing is
downloaded.
"""

_base_ = ['../_base_/datasets/shapes.py', '../_base_/default_runtime.py']

max_iters = 1400
model = dict(
    type='DualLossSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(
        type='TorchvisionBackbone',
        name='resnet18',
        out_nodes=('layer1',),
        weights=None,
        output_stride=4,
        frozen=False,
        norm_eval=False,
    ),
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
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=1e-2),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=50, by_epoch=False),
    dict(type='PolyLR', power=0.9, begin=50, end=max_iters, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=350)
val_cfg = dict(type='EncodeOnceValLoop')
test_cfg = dict(type='EncodeOnceTestLoop')
