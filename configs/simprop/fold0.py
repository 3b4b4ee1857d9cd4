"""SimPropNet, PASCAL-5^i, fold 0 (Table 3: 54.86 mIoU with 1 shot, 57.20 with 5).

tools/dist_train.sh configs/simprop/fold0.py 4
"""

_base_ = [
    '../_base_/models/simprop_r50.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/canet_180e.py',
    '../_base_/default_runtime.py',
]
