"""A-MCG, our reading, on all four stages of a frozen ResNet-50."""

model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(
        type='TorchvisionBackbone',
        name='resnet50',
        out_nodes=('layer1', 'layer2', 'layer3', 'layer4'),
        output_stride=None,
    ),
    decode_head=dict(type='AMCGHead', in_channels=(256, 512, 1024, 2048)),
)
