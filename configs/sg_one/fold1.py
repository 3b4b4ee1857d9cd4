"""SG-One, PASCAL-5^i, fold 1 (SimPropNet's Table 3: 58.40 mIoU with 1 shot).

python tools/train.py configs/sg_one/fold1.py
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=1))
val_dataloader = dict(dataset=dict(fold=1))
test_dataloader = dict(dataset=dict(fold=1))
