"""The training-free baseline on VOC-8: nearest prototype on SqueezeNet's fire9."""

_base_ = ['voc8.py']

model = dict(
    type='FewShotSegmentor',
    backbone=dict(
        type='SqueezeNet11',
        init_cfg=dict(
            type='Pretrained',
            checkpoint=_base_.real_data + '/squeezenet11_imagenet.pth',
        ),
    ),
    decode_head=dict(type='PrototypeHead', in_channels=(512,), in_index=(1,)),
)
train_dataloader = None
val_dataloader = None
val_evaluator = None
