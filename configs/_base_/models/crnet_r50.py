"""CRNet on ResNet-50, layers 3 and 4 at an eighth of the image."""

model = dict(
    type='DualLossSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(
        type='TorchvisionBackbone', name='resnet50', out_nodes=('layer3', 'layer4')
    ),
    decode_head=dict(type='CRNetHead', in_channels=(1024, 2048)),
)
