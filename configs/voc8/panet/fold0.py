"""PANet on VOC-8, on SqueezeNet's fire9, which is trained whole.

Data and budget are those of SimPropNet's rows, images with held-out objects left out.
SqueezeNet ends in ReLUs, where PANet's VGG ends in a convolution.
"""

_base_ = '../simprop/table4_canet.py'

model = dict(
    feature_bank=None,
    backbone=dict(frozen=False),
    decode_head=dict(
        _delete_=True,
        type='PANetHead',
        in_channels=(512,),
        in_index=(1,),
        loss_decode=_base_.model.decode_head.loss_decode,
    ),
)
train_dataloader = dict(dataset=dict(novel_images='drop'))
optim_wrapper = dict(optimizer=dict(lr=1e-4))  # of an encoder that knows ImageNet
