"""AMP on VOC-8, with the weights of base.py: a row for the class, adapted ones.

fss-mm train configs/voc8/amp/base.py --fold 0 --work-dir work_dirs/amp_base
fss-mm test configs/voc8/amp/fold0.py work_dirs/amp_base --fold 0
"""

_base_ = ['../../_base_/datasets/voc8.py']

model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(**_base_.squeezenet, frozen=False),
    decode_head=dict(
        type='AMPHead',
        in_channels=(256, 512),
        in_index=(0, 1),
        num_base_classes=11,
        cosine=True,
        cosine_test=True,  # levels of SqueezeNet differ in length: see the README
    ),
)
at_test = dict(type='Resize', scale=(257, 257))
test_dataloader = dict(
    sampler=dict(num_episodes=100, seeds=(0, 1, 2)),
    dataset=dict(
        base_classes=_base_.classes,
        query_pipeline=[_base_.load_image, at_test, _base_.load_mask],
        support_pipeline=[
            _base_.load_image,
            dict(type='LoadFewShotMask', base_labels=True),
            at_test,
        ],
    ),
)
train_cfg = val_cfg = None
