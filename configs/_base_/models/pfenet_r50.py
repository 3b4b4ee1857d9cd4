"""PFENet on a ResNet-50 with a deep stem; batch norms see the batch in training.

The weights are the authors' ImageNet ones, of their repository's ``initmodel``.
"""

model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    encode_together=False,
    backbone=dict(
        type='FrozenBackbone',
        norm_eval=False,
        weights='data/initmodel/resnet50_v2.pth',
        rename=dict(
            conv1='stem.0',
            bn1='stem.1',
            conv2='stem.3',
            bn2='stem.4',
            conv3='stem.6',
            bn3='stem.7',
        ),
        backbone=dict(
            type='ResNetV1c',
            depth=50,
            stem_channels=128,
            strides=(1, 2, 1, 1),
            dilations=(1, 1, 2, 4),
            out_indices=(1, 2, 3),
        ),
    ),
    decode_head=dict(type='PFENetHead', in_channels=(512, 1024)),
)
