"""OSLSM on VOC-8: two SqueezeNets, both trained; there is nothing else to train.

The supports' vector is the mean of fire9's 512 channels, and cells are of 8 pixels; no
image is padded. Data and budget are those of SimPropNet's rows.
"""

_base_ = '../co_fcn/fold0.py'

model = dict(
    support_backbone=dict(in_channels=3),
    decode_head=dict(
        _delete_=True,
        type='OSLSMHead',
        in_channels=(512,),
        in_index=(1,),
        support_channels=512,
        unit_levels=True,
        hash_scale=0.05,
        loss_decode=_base_.model.decode_head.loss_decode,
    ),
)
# the encoders have to learn all of it
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.3))))
