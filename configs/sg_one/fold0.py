"""SG-One, PASCAL-5^i, fold 0 (SimPropNet's Table 3: 40.20 mIoU with 1 shot).

100,000 steps of one episode; images keep their size.
python tools/train.py configs/sg_one/fold0.py
"""

_base_ = [
    '../_base_/models/sg_one_vgg16.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/sg_one_100k.py',
    '../_base_/default_runtime.py',
]

_plain = _base_.train_dataloader.dataset.query_pipeline[:2]
_unresized = dict(query_pipeline=_plain, support_pipeline=_plain)
train_dataloader = dict(
    batch_size=1, sampler=dict(draw='class_uniform'), dataset=_unresized
)
val_dataloader = dict(dataset=_unresized)
test_dataloader = dict(dataset=_unresized)
