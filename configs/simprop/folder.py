"""SimPropNet on your own images and masks, in data/folder.

python tools/train.py configs/simprop/folder.py
"""

_base_ = [
    '../_base_/models/simprop_r50.py',
    '../_base_/datasets/folder.py',
    '../_base_/schedules/canet_sgd.py',
    '../_base_/default_runtime.py',
]

train_cfg = dict(type='IterBasedTrainLoop', max_iters=20000, val_interval=1000)
