"""PFENet on ResNet-50, PASCAL-5^i, fold 0 (61.7 mIoU with 1 shot).

Published mean of the four folds: 60.8 mIoU with 1 shot, 61.9 with 5.
python tools/train.py configs/pfenet/fold0.py
"""

_base_ = [
    '../_base_/models/pfenet_r50.py',
    '../_base_/datasets/pascal-5i_pfenet.py',
    '../_base_/schedules/pfenet_238k.py',
    '../_base_/default_runtime.py',
]
