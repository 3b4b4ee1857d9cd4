"""PASCAL-5^i as CANet and SimPropNet use it.

All images of the training classes, novel classes shown as background; every (image,
class) pair once an epoch as query.
"""

_base_ = 'pipelines.py'

_pascal = dict(
    type='FewShotPascalDataset',
    data_root='data/VOCdevkit/VOC2012',
    protocol='simprop',
    fold=0,
)
_val = dict(**_pascal, split='val')

train_dataloader = dict(
    sampler=dict(draw='every_pair'),
    dataset=dict(**_pascal, split='trainaug', novel_images='keep'),
)
val_dataloader = dict(dataset=_val)
test_dataloader = dict(dataset=_val)
