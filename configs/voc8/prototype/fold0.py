"""The training-free baseline on VOC-8: nearest prototype on SqueezeNet's fire9."""

_base_ = [
    '../../_base_/datasets/voc8_data.py',
    '../../_base_/default_runtime.py',
]

model = dict(
    type='FewShotSegmentor',
    backbone=_base_.squeezenet,
    decode_head=dict(type='PrototypeHead', in_channels=(512,), in_index=(1,)),
)
train_dataloader = None
val_dataloader = None
val_evaluator = None
