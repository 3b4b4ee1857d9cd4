"""DeepLabV3+ of mmseg on VOC-8, trained on the classes of its folds: supervised.

What few-shot models are compared with, on their own episodes: the class of each
against the rest. It learns the eight classes that the four folds hold out, and that all
else is background. SqueezeNet is frozen, so that a bank keeps its features and more
steps fit into the time; sized for one CPU core. It is trained without a fold:

fss-mm train configs/voc8/supervised/deeplabv3plus.py --work-dir work_dirs/deeplab
fss-mm test configs/voc8/supervised/deeplabv3plus.py work_dirs/deeplab --fold 0
"""

_base_ = [
    '../../_base_/datasets/voc8_data.py',
    '../../_base_/supervised_runtime.py',
]

max_iters = 700
eight = ('cat', 'chair', 'cow', 'dog', 'horse', 'person', 'sheep', 'sofa')
model = dict(
    type='SupervisedSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    feature_bank=dict(half=True),
    backbone=_base_.squeezenet,
    decode_head=dict(
        type='DepthwiseSeparableASPPHead',
        in_channels=512,
        in_index=1,
        c1_in_channels=256,
        c1_channels=48,
        channels=64,
        dilations=(1, 3, 6, 9),  # of 25 x 25 cells
        num_classes=9,
        norm_cfg=dict(type='BN'),
        align_corners=False,
        # as for the few-shot models: the threshold that is best for IoU
        loss_decode=dict(type='CrossEntropyLoss', class_weight=[1.0] + [2.0] * 8),
    ),
)
_load_labels = dict(type='LoadFewShotMask', base_labels=True)
_at_test = dict(
    query_pipeline=[
        _base_.load_image,
        dict(type='Resize', scale=(257, 257)),
        _base_.load_mask,
    ],
    support_pipeline=[
        _base_.load_image,
        _base_.load_mask,
        dict(type='Resize', scale=(257, 257)),
    ],
)
train_dataloader = dict(
    batch_size=16,
    sampler=dict(with_supports=False),
    dataset=dict(
        fold=None,
        novel_classes=(),
        base_classes=eight,
        # no random augmentation, so that the bank knows most images
        query_pipeline=[
            _base_.load_image,
            _load_labels,
            dict(type='Resize', scale=(193, 193)),
        ],
    ),
)
val_dataloader = dict(
    sampler=dict(num_episodes=120),
    dataset=dict(**_at_test, fold=None, novel_classes=eight),
)
test_dataloader = dict(
    sampler=dict(num_episodes=100, seeds=(0, 1, 2)), dataset=_at_test
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
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=max_iters)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
