"""SimPropNet's Table 4 on VOC-8, row 3: attentive fusion (FBAF) without DPr.

With ``normalize_maps``, which is not in the paper: in so short a training the fusion
does not come to notice the attention maps without it.
"""

_base_ = 'table4_canet.py'

_canet = _base_.model.decode_head
model = dict(
    decode_head=dict(
        _delete_=True,
        type='SimPropHead',
        in_channels=_canet.in_channels,
        unit_levels=_canet.unit_levels,
        channels=_canet.channels,
        fusion=dict(normalize_maps=True),
        dropout=_canet.dropout,
        decoder=_canet.refine.decoder,
        loss_decode=_canet.loss_decode,
        init_cfg=_canet.init_cfg,
    )
)
