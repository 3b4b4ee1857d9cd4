"""AMP's base training on VOC-8: segmentation of background and the 11 base classes.

Whose weights fold0.py is tested with; other folds: --fold. SqueezeNet is trained with
it, with cosines, as in the updated table of AMP's authors; images of held-out classes
are left out. Validation asks for the base classes, on other images.
"""

_base_ = [
    '../../_base_/datasets/voc8_data.py',
    '../../_base_/supervised_runtime.py',
]

max_iters = 500
model = dict(
    type='SupervisedSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(**_base_.squeezenet, frozen=False),
    decode_head=dict(
        type='AMPBaseHead',
        in_channels=(256, 512),
        in_index=(0, 1),
        num_classes=12,
        cosine=True,
        # mmseg averages by the weights of the pixels that are not ignored
        loss_decode=dict(type='CrossEntropyLoss', class_weight=[1.0] + [2.0] * 11),
    ),
)
train_dataloader = dict(
    batch_size=8,  # as many images as four episodes have
    sampler=dict(with_supports=False),
    dataset=dict(
        novel_images='drop',
        query_pipeline=[
            _base_.load_image,
            dict(type='LoadFewShotMask', base_labels=True),
            dict(type='Resize', scale=(193, 193)),
            _base_.flip,
        ],
    ),
)
_base_classes = dict(
    sampler=dict(num_episodes=110),
    dataset=dict(
        base_classes=_base_.classes,
        test_mode=False,
        novel_images='drop',
        min_images=2,
        query_pipeline=[
            _base_.load_image,
            dict(type='Resize', scale=(257, 257)),
            _base_.load_mask,
        ],
    ),
)
val_dataloader = _base_classes
test_dataloader = _base_classes
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=1e-2),
    clip_grad=dict(max_norm=1.0),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.1))),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=50, by_epoch=False),
    dict(type='PolyLR', power=0.9, begin=50, end=max_iters, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=max_iters)
val_cfg = dict(type='ValLoop')
test_cfg = dict(_delete_=True, type='TestLoop')
