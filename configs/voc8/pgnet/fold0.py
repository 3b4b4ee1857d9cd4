"""PGNet on VOC-8; data and budget are those of SimPropNet's rows."""

_base_ = '../simprop/table4_canet.py'

_canet = _base_.model.decode_head
model = dict(
    decode_head=dict(
        _delete_=True,
        type='PGNetHead',
        in_channels=_canet.in_channels,
        unit_levels=_canet.unit_levels,
        channels=_canet.channels,
        dropout=_canet.dropout,
        decoder=_canet.refine.decoder,
        loss_decode=_canet.loss_decode,
        init_cfg=_canet.init_cfg,
    )
)
train_dataloader = dict(dataset=dict(novel_images='drop'))
