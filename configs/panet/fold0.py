"""PANet, PASCAL-5^i, fold 0 (SimPropNet's Table 3: 42.40 mIoU with 1 shot).

30,000 steps of one episode at 417 x 417, images flipped. Published figures are of the
protocol panet: --protocol panet.
python tools/train.py configs/panet/fold0.py
"""

_base_ = [
    '../_base_/models/panet_vgg16.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/panet_30k.py',
    '../_base_/default_runtime.py',
]

_image, _mask, _ = _base_.train_dataloader.dataset.query_pipeline
_resize = dict(type='Resize', scale=(417, 417))
_training = [_image, _mask, _resize, dict(type='RandomFlip', prob=0.5)]
_novel = dict(
    query_pipeline=[_image, _resize, _mask], support_pipeline=[_image, _mask, _resize]
)
train_dataloader = dict(
    batch_size=1,
    sampler=dict(draw='class_uniform'),
    dataset=dict(query_pipeline=_training, support_pipeline=_training),
)
val_dataloader = dict(dataset=_novel)
test_dataloader = dict(dataset=_novel)
