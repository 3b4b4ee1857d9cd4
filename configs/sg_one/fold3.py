"""SG-One, PASCAL-5^i, fold 3 (SimPropNet's Table 3: 38.40 mIoU with 1 shot).

python tools/train.py configs/sg_one/fold3.py
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=3))
val_dataloader = dict(dataset=dict(fold=3))
test_dataloader = dict(dataset=dict(fold=3))
