"""co-FCN, PASCAL-5^i, fold 3 (Table 3 of SimPropNet: 32.40 mIoU, 33.90 with 5 shots).

python tools/train.py configs/co_fcn/fold3.py
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=3))
val_dataloader = dict(dataset=dict(fold=3))
test_dataloader = dict(dataset=dict(fold=3))
