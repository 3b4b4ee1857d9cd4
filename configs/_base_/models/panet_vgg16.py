"""PANet on VGG-16 without batch norms, at an eighth of the image, all trained.

Poolings are 3 wide, the fourth keeps the size and there is no fifth; the fifth block is
dilated by 2, and no ReLU follows its last convolution.
"""

model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(
        type='TorchvisionBackbone',
        name='vgg16',
        out_nodes=('conv5_3',),
        vgg=dict(pools=((3, 2), (3, 2), (3, 2), (3, 1), None), dilations=dict(conv5=2)),
        frozen=False,
    ),
    decode_head=dict(type='PANetHead', in_channels=(512,)),
)
