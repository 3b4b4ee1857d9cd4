"""PFENet on ResNet-50, PASCAL-5^i, fold 1 (69.5 mIoU with 1 shot).

python tools/train.py configs/pfenet/fold1.py
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=1))
val_dataloader = dict(dataset=dict(fold=1))
test_dataloader = dict(dataset=dict(fold=1))
