"""SG-One on VOC-8, on SqueezeNet's fire5 and fire9, which are trained as well.

Data and budget are those of SimPropNet's rows, images with held-out objects left out.
The encoder learns at a third of the head's rate.
"""

_base_ = '../simprop/table4_canet.py'

_canet = _base_.model.decode_head
model = dict(
    feature_bank=None,
    backbone=dict(frozen=False),
    decode_head=dict(
        _delete_=True,
        type='SGOneHead',
        in_channels=_canet.in_channels,
        in_index=(0, 1),
        unit_levels=_canet.unit_levels,
        channels=_canet.channels,
        loss_decode=_canet.loss_decode,
    ),
)
train_dataloader = dict(dataset=dict(novel_images='drop'))
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=1 / 3))))
