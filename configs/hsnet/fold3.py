"""HSNet, PASCAL-5^i, fold 3 (Table 1: 60.5 mIoU with 1 shot, 67.1 with 5).

tools/dist_train.sh configs/hsnet/fold3.py 4 --protocol hsnet
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=3))
val_dataloader = dict(dataset=dict(fold=3))
test_dataloader = dict(dataset=dict(fold=3))
