"""Cells matched both ways and clusters of ResNet-50, PASCAL-5^i.

There is no training: without a checkpoint it starts from the encoder's own weights.
What of the method helps on such an encoder was found on VOC-8: docs/training-free.md.
python tools/test.py configs/training_free/fold0.py --fold 0 --shot 1
"""

_base_ = [
    '../_base_/models/timm-r50.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/no_training.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(out_indices=(3,)),
    decode_head=dict(
        type='ClusterMatchHead',
        in_channels=(1024,),
        in_index=(0,),
        candidate_threshold='background',
        backward=False,
        similarity=0.5,
        score_threshold=0.08,
    ),
)
