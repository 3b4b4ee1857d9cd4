"""CRNet's Table 6, 5-shot, on VGG-16: fine-tuned; with the weights of vgg16.py.

Published mIoU / FB-IoU, mean of the folds: 58.5 / 71.0.
tools/dist_test.sh configs/crnet/table6_vgg16_5shot.py CHECKPOINT 2 --fold 0 --tta
"""

_base_ = [
    '../_base_/models/crnet_r50.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/canet_200e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(name='vgg16', out_nodes=('features.22', 'features.29')),
    decode_head=dict(in_channels=(512, 512)),
    shot_fusion=dict(),
    fine_tuning=dict(
        steps=100,
        optimizer=dict(type='SGD', lr=2.5e-4, momentum=0.9),
    ),
)
test_dataloader = dict(dataset=dict(num_shots=5))
train_cfg = None
