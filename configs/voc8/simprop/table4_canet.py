"""SimPropNet's Table 4 on VOC-8, row 1: CANet.

The base of the other rows: all share these data and this budget, for two CPU cores.
"""

_base_ = [
    '../../_base_/datasets/voc8_data.py',
    '../../_base_/default_runtime.py',
]

train_size, test_size, max_iters = (193, 193), (257, 257), 500
load_image, load_mask = _base_.load_image, _base_.load_mask
at_test = dict(type='Resize', scale=test_size)
model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    feature_bank=dict(),
    backbone=_base_.squeezenet,
    decode_head=dict(
        type='CANetHead',
        in_channels=(256, 512),
        unit_levels=True,  # SqueezeNet's features are 10 wide: docs/benchmarks.md
        channels=64,
        dropout=0.1,
        refine=dict(decoder=dict(dropout=0.1)),
        # IoU is best at a threshold below 1/2 where predictions are unsure, as they
        # are on novel classes; a weight of 2 puts it at 1/3
        loss_decode=dict(type='CrossEntropyLoss', class_weight=[1.0, 2.0]),
        init_cfg=dict(type='Kaiming', layer='Conv2d', mode='fan_in'),
    ),
)
# no random augmentation, so that the bank knows most images
query_pipeline = [load_image, load_mask, dict(type='Resize', scale=train_size)]
train_dataloader = dict(
    dataset=dict(
        query_pipeline=query_pipeline,
        support_pipeline=query_pipeline,
        novel_images='ignore',
    )
)
at_novel_classes = dict(
    query_pipeline=[load_image, at_test, load_mask],
    support_pipeline=[load_image, load_mask, at_test],
)
val_dataloader = dict(sampler=dict(num_episodes=60), dataset=at_novel_classes)
test_dataloader = dict(
    sampler=dict(num_episodes=100, seeds=(0, 1, 2)), dataset=at_novel_classes
)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=3e-4, weight_decay=1e-2),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=50, by_epoch=False),
    dict(type='PolyLR', power=0.9, begin=350, end=max_iters, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=125)
val_cfg = dict(type='EncodeOnceValLoop')
