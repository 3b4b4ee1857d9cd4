"""Clusters without training on VOC-8: of layer 3's cells of a ResNet-50.

What of the method helps on this encoder is in docs/training-free.md.
"""

_base_ = ['../../_base_/datasets/voc8.py']

model = dict(
    type='FewShotSegmentor',
    backbone=_base_.preact_resnet50,
    decode_head=dict(
        type='ClusterMatchHead',
        in_channels=(1024,),
        in_index=(1,),
        candidate_threshold='background',
        backward=False,
        similarity=0.5,
        score_threshold=0.08,
    ),
)
train_dataloader = None
val_dataloader = None
val_evaluator = None
