"""SimPropNet's Table 4, row 1: CANet, trained as the other rows are.

Published 1-shot mIoU on folds 0-3: 50.41, 63.02, 46.09, 47.46; mean 51.75.
tools/dist_train.sh configs/simprop/table4_canet.py 4 --fold 0
"""

_base_ = [
    '../_base_/models/canet_r50.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/canet_180e.py',
    '../_base_/default_runtime.py',
]
