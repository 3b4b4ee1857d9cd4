"""DeepLabV3+ on ResNet-50, PASCAL-5^i without the classes of fold 0: supervised.

Of background and the 15 other classes: 16 labels; held-out pixels are ignored. What
few-shot methods can take as base training. It is validated and tested on the classes
that it knows, each against the rest, in episodes. Other folds: --fold 1.
tools/dist_train.sh configs/deeplabv3plus/fold0.py 4
"""

_base_ = [
    '../_base_/models/deeplabv3plus_r50.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/supervised_runtime.py',
]

_load_image = dict(type='LoadFewShotImage', imdecode_backend='pillow')
_load_mask = dict(type='LoadFewShotMask')
_at_test = dict(
    query_pipeline=[
        _load_image,
        dict(type='Resize', scale=(2048, 512), keep_ratio=True),
        _load_mask,
    ],
)
model = dict(decode_head=dict(num_classes=16), auxiliary_head=dict(num_classes=16))
train_dataloader = dict(
    batch_size=4,
    sampler=dict(with_supports=False),
    dataset=dict(
        novel_images='ignore',
        query_pipeline=[
            _load_image,
            dict(type='LoadFewShotMask', base_labels=True),
            dict(type='RandomResize', scale=(512, 512), ratio_range=(1.0, 2.0)),
            dict(type='RandomCrop', crop_size=(512, 512)),
            dict(type='RandomFlip', prob=0.5),
            dict(type='PhotoMetricDistortion'),
        ],
    ),
)
val_dataloader = dict(dataset=dict(**_at_test, test_mode=False))
test_dataloader = dict(dataset=dict(**_at_test, test_mode=False))
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=5e-4),
)
param_scheduler = [
    dict(type='PolyLR', eta_min=1e-4, power=0.9, begin=0, end=20_000, by_epoch=False)
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=20_000, val_interval=2000)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
auto_scale_lr = dict(enable=False, base_batch_size=16)
