"""A frozen ResNet-50 of timm (BSD-3-Clause); the head is the config's own.

512 and 1024 channels at an eighth of the image, of layers 2 and 3. The weights are
torchvision's IMAGENET1K_V1.
"""

model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(
        type='TimmBackbone',
        name='resnet50.tv_in1k',
        out_indices=(2, 3),
        output_stride=8,
    ),
)
