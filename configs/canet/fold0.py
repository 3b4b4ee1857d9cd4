"""CANet, PASCAL-5^i, fold 0 (SimPropNet's rerun, Table 3: 50.41 mIoU with 1 shot).

200 epochs of pairs, 4 episodes a step, as in the authors' released code. Other
folds: --fold 1.
tools/dist_train.sh configs/canet/fold0.py 2
"""

_base_ = [
    '../_base_/models/canet_r50.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/canet_200e.py',
    '../_base_/default_runtime.py',
]
