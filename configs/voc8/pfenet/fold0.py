"""PFENet on VOC-8; data and budget are those of SimPropNet's rows.

Convolutions begin as PyTorch's, as in the release: from He's rule the residual sums
grow, and the first losses with them. Scales are shares of the map, which has other
sides in training than at test. The prior is of SqueezeNet's last level, whose fire
modules are run on masked features.
"""

_base_ = '../simprop/table4_canet.py'

_canet = _base_.model.decode_head
model = dict(
    decode_head=dict(
        _delete_=True,
        type='PFENetHead',
        in_channels=_canet.in_channels,
        unit_levels=_canet.unit_levels,
        channels=_canet.channels,
        dropout=_canet.dropout,
        prior=dict(layers=[f'features.{i}' for i in (9, 10, 11, 12)]),
        enrichment=dict(scales=(1.0, 0.5, 0.25, 0.125)),
        loss_decode=_canet.loss_decode,
    )
)
train_dataloader = dict(dataset=dict(novel_images='drop'))
