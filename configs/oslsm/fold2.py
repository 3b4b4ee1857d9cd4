"""OSLSM, PASCAL-5^i, fold 2 (Table 3 of SimPropNet: 40.90 mIoU, 42.70 with 5 shots).

python tools/train.py configs/oslsm/fold2.py
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=2))
val_dataloader = dict(dataset=dict(fold=2))
test_dataloader = dict(dataset=dict(fold=2))
