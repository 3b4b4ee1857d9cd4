"""co-FCN, PASCAL-5^i, fold 0 (Table 3 of SimPropNet: 36.70 mIoU, 37.50 with 5 shots).

Schedule, batch of one pair and images of their own size without augmentation are those
of the authors' later release; the paper's own are not known. Supports at test are of
500 x 500, so that several are one tensor.
python tools/train.py configs/co_fcn/fold0.py
"""

_base_ = [
    '../_base_/models/co_fcn_vgg16.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/canet_sgd.py',
    '../_base_/default_runtime.py',
]

_load_image = dict(type='LoadFewShotImage', imdecode_backend='pillow')
_load = [_load_image, dict(type='LoadFewShotMask')]
_novel = dict(
    query_pipeline=_load,
    support_pipeline=[*_load, dict(type='Resize', scale=(500, 500))],
)
train_dataloader = dict(
    batch_size=1,
    sampler=dict(draw='class_uniform'),
    dataset=dict(query_pipeline=_load, support_pipeline=_load),
)
val_dataloader = dict(dataset=_novel)
test_dataloader = dict(dataset=_novel)
optim_wrapper = dict(optimizer=dict(lr=1e-5, momentum=0.99))
train_cfg = dict(type='IterBasedTrainLoop', max_iters=100_000, val_interval=4000)
auto_scale_lr = dict(base_batch_size=1)
