"""OSLSM, PASCAL-5^i, fold 3 (Table 3 of SimPropNet: 33.50 mIoU, 39.10 with 5 shots).

python tools/train.py configs/oslsm/fold3.py
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=3))
val_dataloader = dict(dataset=dict(fold=3))
test_dataloader = dict(dataset=dict(fold=3))
