"""Cells matched both ways and clusters of DINOv2-B, PASCAL-5^i; after INSID3.

There is no training: without a checkpoint it starts from the encoder's own weights
(Apache-2.0). Not a row of the paper, which has DINOv3-L on other data.
python tools/test.py configs/training_free/dinov2-b.py --fold 0 --shot 1
"""

_base_ = 'dinov2-s.py'

model = dict(
    backbone=dict(backbone=dict(name='vit_base_patch14_dinov2.lvd142m')),
    decode_head=dict(in_channels=(768, 768)),
)
