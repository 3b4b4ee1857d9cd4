"""co-FCN, PASCAL-5^i, fold 1 (Table 3 of SimPropNet: 50.60 mIoU, 50.00 with 5 shots).

python tools/train.py configs/co_fcn/fold1.py
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=1))
val_dataloader = dict(dataset=dict(fold=1))
test_dataloader = dict(dataset=dict(fold=1))
