"""Clusters without training on VOC-8: of fire5's cells, compared by fire9's.

What of the method helps on SqueezeNet is in docs/training-free.md.
"""

_base_ = ['../../_base_/datasets/voc8.py']

model = dict(
    type='FewShotSegmentor',
    backbone=_base_.squeezenet,
    decode_head=dict(
        type='ClusterMatchHead',
        in_channels=(256, 512),
        candidate_threshold='background',
        backward=False,
        similarity=0.7,
    ),
)
train_dataloader = None
val_dataloader = None
val_evaluator = None
