"""CRNet, PASCAL-5^i, fold 0 (Table 5: 55.7 mIoU with 1 shot, mean of four folds).

The paper states no schedule; this is CANet's. The published figure is one of tests at
several scales. Other folds: --fold 1.
tools/dist_train.sh configs/crnet/fold0.py 2
tools/dist_test.sh configs/crnet/fold0.py CHECKPOINT 2 --tta
"""

_base_ = [
    '../_base_/models/crnet_r50.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/canet_200e.py',
    '../_base_/default_runtime.py',
]
