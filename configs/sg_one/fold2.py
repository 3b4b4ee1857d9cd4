"""SG-One, PASCAL-5^i, fold 2 (SimPropNet's Table 3: 48.40 mIoU with 1 shot).

python tools/train.py configs/sg_one/fold2.py
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=2))
val_dataloader = dict(dataset=dict(fold=2))
test_dataloader = dict(dataset=dict(fold=2))
