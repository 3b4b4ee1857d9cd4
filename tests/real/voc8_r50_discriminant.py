"""The discriminant without training on VOC-8: layer 3 of a ResNet-50."""

_base_ = ['voc8_r50_prototype.py']

model = dict(
    decode_head=dict(
        _delete_=True, type='DiscriminantHead', in_channels=(1024,), in_index=(1,)
    )
)
