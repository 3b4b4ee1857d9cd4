"""PFENet on ResNet-50, PASCAL-5^i, fold 3 of 0 to 3.

python tools/train.py configs/pfenet/fold3.py
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=3))
val_dataloader = dict(dataset=dict(fold=3))
test_dataloader = dict(dataset=dict(fold=3))
