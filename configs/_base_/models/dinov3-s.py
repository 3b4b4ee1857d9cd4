"""A frozen DINOv3-S; the head is the config's own.

Its weights are under the DINOv3 License, which goes with all that is made of them.

384 channels at a 16th of the image, of the last of 12 blocks.
"""

model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(
        type='TimmBackbone', name='vit_small_patch16_dinov3.lvd1689m', out_indices=(-1,)
    ),
)
