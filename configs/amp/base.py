"""AMP's base training, PASCAL-5^i: segmentation of background and 15 base classes.

Not episodic: one image a step, 300,000 steps at the images' own size; pixels of the
held-out classes are ignored. The other configs here are tested with its weights.
Validation asks for the base classes. Other folds: --fold 1.
tools/train.py configs/amp/base.py --fold 0
"""

_base_ = [
    '../_base_/models/amp_vgg16.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/supervised_runtime.py',
]

_load_image = dict(type='LoadFewShotImage', imdecode_backend='pillow')
_base_classes = dict(
    dataset=dict(
        test_mode=False,
        query_pipeline=[
            _load_image,
            dict(type='Resize', scale=(500, 500)),
            dict(type='LoadFewShotMask'),
        ],
    )
)
model = dict(
    type='SupervisedSegmentor',
    decode_head=dict(
        _delete_=True,
        type='AMPBaseHead',
        in_channels=(256, 512, 512),
        in_index=(0, 1, 2),
        num_classes=16,
        loss_decode=dict(type='CrossEntropyLoss', reduction='sum'),
    ),
)
train_dataloader = dict(
    batch_size=1,
    sampler=dict(with_supports=False),
    dataset=dict(
        novel_images='ignore',
        query_pipeline=[_load_image, dict(type='LoadFewShotMask', base_labels=True)],
    ),
)
val_dataloader = _base_classes
test_dataloader = _base_classes
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='RMSprop', lr=1e-6, weight_decay=5e-4)
)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=300_000, val_interval=10_000)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
