"""A-MCG on VOC-8: a frozen SqueezeNet, whose fire5 and fire9 guide.

Data and budget are those of SimPropNet's rows.
"""

_base_ = '../simprop/table4_canet.py'

model = dict(
    decode_head=dict(
        _delete_=True,
        type='AMCGHead',
        in_channels=(256, 512),
        in_index=(0, 1),
        unit_levels=True,
        channels=64,
        loss_decode=_base_.model.decode_head.loss_decode,
    ),
)
train_dataloader = dict(dataset=dict(novel_images='drop'))
train_cfg = dict(val_interval=250)
