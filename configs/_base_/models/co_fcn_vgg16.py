"""co-FCN: two VGG-16 up to the last pooling, the supports' with five channels."""

_vgg = dict(
    type='TorchvisionBackbone',
    name='vgg16',
    out_nodes=('pool5',),
    output_stride=None,
    ceil_mode=True,
    padding=80,
    frozen=False,
)
model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=_vgg,
    support_backbone=dict(_vgg, in_channels=5),
    decode_head=dict(
        type='CoFCNHead', in_channels=(512,), grid=dict(stride=32, padding=80)
    ),
)
