"""The linear discriminant on ResNet-50, layer 3 at an eighth of the image."""

model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(type='TorchvisionBackbone', name='resnet50', out_nodes=('layer3',)),
    decode_head=dict(type='DiscriminantHead', in_channels=(1024,), in_index=(0,)),
)
