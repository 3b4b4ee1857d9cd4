"""SimPropNet on a vision transformer, ViT-B/16, blocks 6 and 9 of 12; not in the paper.

Weights: timm/vit_base_patch16_224.augreg_in1k on the Hugging Face hub, Apache-2.0,
trained with the labels of ImageNet-1k alone. Features are at a sixteenth of the image,
which is resized to a multiple of 16.
tools/dist_train.sh configs/simprop/vit-b16.py 4 --fold 0
"""

_base_ = 'fold0.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='TimmBackbone',
        name='vit_base_patch16_224.augreg_in1k',
        out_indices=(5, 8),
    ),
    decode_head=dict(in_channels=(768, 768)),
)
