"""The discriminant without training on VOC-8: SqueezeNet's fire5 and fire9."""

_base_ = ['../prototype/fold0.py']

model = dict(
    decode_head=dict(
        _delete_=True,
        type='DiscriminantHead',
        in_channels=(256, 512),
        unit_levels=True,
    )
)
