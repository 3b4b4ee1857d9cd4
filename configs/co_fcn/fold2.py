"""co-FCN, PASCAL-5^i, fold 2 (Table 3 of SimPropNet: 44.90 mIoU, 44.10 with 5 shots).

python tools/train.py configs/co_fcn/fold2.py
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=2))
val_dataloader = dict(dataset=dict(fold=2))
test_dataloader = dict(dataset=dict(fold=2))
