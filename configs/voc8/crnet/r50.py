"""CRNet (condition and cross-reference) on VOC-8, on layer 3 of a ResNet-50.

No row of the paper, and not run yet. Data as for SimPropNet on this encoder: images
with held-out objects are dropped, and every pair of image and class comes in turn.
Without the cross-reference: --cfg-options model.decode_head.cross_reference=None
"""

_base_ = 'table2_both.py'

model = dict(
    backbone=dict(_delete_=True, **_base_.preact_resnet50),
    decode_head=dict(in_channels=(1024,)),
)
train_dataloader = dict(
    sampler=dict(draw='every_pair'), dataset=dict(novel_images='drop')
)
