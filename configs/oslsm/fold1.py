"""OSLSM, PASCAL-5^i, fold 1 (Table 3 of SimPropNet: 55.30 mIoU, 58.10 with 5 shots).

python tools/train.py configs/oslsm/fold1.py
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=1))
val_dataloader = dict(dataset=dict(fold=1))
test_dataloader = dict(dataset=dict(fold=1))
