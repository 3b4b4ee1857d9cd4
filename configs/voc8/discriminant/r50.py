"""The discriminant without training on VOC-8: layer 3 of a ResNet-50."""

_base_ = ['../prototype/r50.py']

model = dict(
    decode_head=dict(
        _delete_=True, type='DiscriminantHead', in_channels=(1024,), in_index=(1,)
    )
)
