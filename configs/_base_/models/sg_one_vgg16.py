"""SG-One on VGG-16 without batch norms, at an eighth of the image, all trained.

Poolings are 3 wide, and the last two keep the size; levels are those behind the last
three.
"""

model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(
        type='TorchvisionBackbone',
        name='vgg16',
        out_nodes=('pool3', 'pool4', 'pool5'),
        vgg=dict(pools=((3, 2), (3, 2), (3, 2), (3, 1), (3, 1))),
        frozen=False,
    ),
    decode_head=dict(type='SGOneHead', in_channels=(256, 512, 512)),
)
