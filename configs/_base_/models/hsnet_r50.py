"""HSNet on ResNet-50: every block of layers 2 to 4 in front of its last ReLU.

Levels are at an 8th, a 16th and a 32nd of the image: no stride becomes a dilation.
"""

model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(
        type='TorchvisionBackbone',
        name='resnet50',
        out_nodes=[
            *(f'layer2.{i}.add' for i in range(4)),
            *(f'layer3.{i}.add' for i in range(6)),
            *(f'layer4.{i}.add' for i in range(3)),
        ],
        output_stride=None,
    ),
    decode_head=dict(
        type='HSNetHead',
        in_channels=(512,) * 4 + (1024,) * 6 + (2048,) * 3,
        num_levels=(4, 6, 3),
        mask_resampling=dict(keep_small=False),
    ),
)
