"""SimPropNet, FSS-1000 (not in the paper).

tools/dist_train.sh configs/simprop/fss-1000.py 4
"""

_base_ = [
    '../_base_/models/simprop_r50.py',
    '../_base_/datasets/fss-1000.py',
    '../_base_/schedules/canet_sgd.py',
    '../_base_/default_runtime.py',
]

train_cfg = dict(type='IterBasedTrainLoop', max_iters=60000, val_interval=3000)
