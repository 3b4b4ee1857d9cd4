"""A-MCG (our reading), PASCAL-5^i, fold 0 (Table 5 of CRNet: 61.2 FB-IoU, all folds).

The paper's sizes and schedule are not published: these are CANet's schedule and images.
tools/dist_train.sh configs/a_mcg/fold0.py 2
"""

_base_ = [
    '../_base_/models/a_mcg_r50.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/canet_200e.py',
    '../_base_/default_runtime.py',
]
