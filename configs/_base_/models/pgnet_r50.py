"""PGNet on ResNet-50, layers 2 and 3 at an eighth of the image."""

model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(
        type='TorchvisionBackbone', name='resnet50', out_nodes=('layer2', 'layer3')
    ),
    decode_head=dict(type='PGNetHead', in_channels=(512, 1024)),
)
