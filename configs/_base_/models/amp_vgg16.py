"""AMP on VGG-16, at an eighth of the image: its reduced FCN-8s in an episode.

Poolings behind blocks 1 to 3 alone, which round up; conv4_3 and block 5 are dilated.
"""

_vgg16 = dict(
    type='TorchvisionBackbone',
    name='vgg16',
    out_nodes=('pool3', 'relu4_3', 'relu5_3'),
    vgg=dict(
        pools=[(2, 2), (2, 2), (2, 2), None, None],
        dilations=dict(conv5=4, conv4_3=2, conv5_1=2),
    ),
    ceil_mode=True,
    frozen=False,
)
model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=_vgg16,
    decode_head=dict(type='AMPHead', in_channels=(256, 512, 512)),
)
