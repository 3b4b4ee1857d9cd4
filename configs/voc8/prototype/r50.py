"""The training-free baseline on VOC-8: nearest prototype on a ResNet-50's layer3."""

_base_ = ['fold0.py']

model = dict(
    backbone=dict(_delete_=True, **_base_.preact_resnet50),
    decode_head=dict(in_channels=(1024,), in_index=(1,)),
)
