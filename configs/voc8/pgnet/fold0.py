"""PGNet on VOC-8; data and budget are those of SimPropNet's rows.

Convolutions begin as PyTorch's: from He's rule it does not train (docs/benchmarks.md).
"""

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
    )
)
train_dataloader = dict(dataset=dict(novel_images='drop'))
