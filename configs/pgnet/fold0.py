"""PGNet, PASCAL-5^i, fold 0 of 0 to 3 (56.0 mIoU on their mean with 1 shot).

Learning rate, batch and number of steps are those of the public re-implementation;
data are CANet's.
tools/dist_train.sh configs/pgnet/fold0.py 2
"""

_base_ = [
    '../_base_/models/pgnet_r50.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/canet_sgd.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=4)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=150000, val_interval=2000)
