"""SimPropNet on ResNet-50, layers 2 and 3 at an eighth of the image."""

model = dict(
    type='DualLossSegmentor',
    data_preprocessor=dict(
        type='FewShotDataPreProcessor',
        input_channel_averaging=dict(prob=0.25, decay=5.0),
    ),
    backbone=dict(
        type='TorchvisionBackbone', name='resnet50', out_nodes=('layer2', 'layer3')
    ),
    decode_head=dict(type='SimPropHead', in_channels=(512, 1024)),
)
