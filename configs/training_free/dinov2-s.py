"""Cells matched both ways and clusters of DINOv2-S, PASCAL-5^i; after INSID3.

There is no training: without a checkpoint it starts from the encoder's own weights
(Apache-2.0). Not a row of the paper, which has DINOv3-L on other data.
python tools/test.py configs/training_free/dinov2-s.py --fold 0 --shot 1
"""

_base_ = [
    '../_base_/models/dinov2-s.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/no_training.py',
    '../_base_/default_runtime.py',
]

_resize = dict(type='Resize', scale=(518, 518))  # 37 x 37 patches of 14
_load_image = dict(type='LoadFewShotImage', imdecode_backend='pillow')
_load_mask = dict(type='LoadFewShotMask')
_test = dict(
    query_pipeline=[_load_image, _resize, _load_mask],
    support_pipeline=[_load_image, _load_mask, _resize],
)

val_dataloader = dict(dataset=_test)
test_dataloader = dict(dataset=_test)
model = dict(
    backbone=dict(
        _delete_=True, type='PositionalDebias', backbone=_base_.model.backbone
    ),
    decode_head=dict(type='ClusterMatchHead', in_channels=(384, 384)),
)
