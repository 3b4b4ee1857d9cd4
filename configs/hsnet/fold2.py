"""HSNet, PASCAL-5^i, fold 2 (Table 1: 60.3 mIoU with 1 shot, 67.4 with 5).

tools/dist_train.sh configs/hsnet/fold2.py 4 --protocol hsnet
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=2))
val_dataloader = dict(dataset=dict(fold=2))
test_dataloader = dict(dataset=dict(fold=2))
