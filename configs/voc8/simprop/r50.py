"""SimPropNet (DPr and FBAF) on VOC-8, on layers 2 and 3 of a ResNet-50.

No row of the paper. Images with held-out objects are dropped, and every pair of image
and class comes in turn, so that classes with many images are seen more often.
"""

_base_ = 'table4_fbaf.py'

model = dict(
    type='DualLossSegmentor',
    backbone=dict(_delete_=True, **_base_.preact_resnet50),
    decode_head=dict(in_channels=(512, 1024), unit_levels=False),
)
train_dataloader = dict(
    sampler=dict(draw='every_pair'), dataset=dict(novel_images='drop')
)
