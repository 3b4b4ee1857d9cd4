"""CRNet on DINOv2-S (ViT-S/14), blocks 9 and 12 of 12; not in the paper.

Weights: timm/vit_small_patch14_dinov2.lvd142m on the Hugging Face hub, Apache-2.0.
Features are at a 14th of the image, which is resized to a multiple of 14.
tools/dist_train.sh configs/crnet/dinov2-s.py 2 --fold 0
"""

_base_ = 'fold0.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='TimmBackbone',
        name='vit_small_patch14_dinov2.lvd142m',
        out_indices=(8, 11),
    ),
    decode_head=dict(in_channels=(384, 384)),
)
