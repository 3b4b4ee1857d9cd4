"""A frozen DINOv2-S (Apache-2.0); the head is the config's own.

384 channels at a 14th of the image, of the last of 12 blocks.
"""

model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(
        type='TimmBackbone', name='vit_small_patch14_dinov2.lvd142m', out_indices=(-1,)
    ),
)
