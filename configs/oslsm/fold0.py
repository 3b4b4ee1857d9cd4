"""OSLSM, PASCAL-5^i, fold 0 (Table 3 of SimPropNet: 33.60 mIoU, 35.90 with 5 shots).

The release sums its loss over pixels, at a rate of 1e-10; ours is a mean. What follows
is the same step for an image of 500 x 375 pixels. An update takes ten pairs, and there
are 60,000 of them: a number that we have from memory, the release allows a million.
python tools/train.py configs/oslsm/fold0.py
"""

_base_ = [
    '../_base_/models/oslsm_vgg16.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/canet_sgd.py',
    '../_base_/default_runtime.py',
]

_load_image = dict(type='LoadFewShotImage', imdecode_backend='pillow')
_load_mask = dict(type='LoadFewShotMask')
_support = [_load_image, _load_mask, dict(type='Resize', scale=(224, 224))]
_novel = dict(
    query_pipeline=[_load_image, dict(type='Resize', scale=(500, 500)), _load_mask],
    support_pipeline=_support,
)
train_dataloader = dict(
    batch_size=1,
    sampler=dict(draw='class_uniform'),
    dataset=dict(query_pipeline=[_load_image, _load_mask], support_pipeline=_support),
)
val_dataloader = dict(dataset=_novel)
test_dataloader = dict(dataset=_novel)
_pixels, _pairs = 500 * 375, 10
optim_wrapper = dict(
    accumulative_counts=_pairs,
    optimizer=dict(lr=1e-10 * _pixels, momentum=0.99, weight_decay=5e-4 / _pixels),
    paramwise_cfg=dict(
        bias_lr_mult=2.0,
        bias_decay_mult=0.0,
        custom_keys=dict(support_backbone=dict(lr_mult=0.1)),
    ),
)
train_cfg = dict(
    type='IterBasedTrainLoop', max_iters=60_000 * _pairs, val_interval=5000 * _pairs
)
auto_scale_lr = dict(base_batch_size=1)
