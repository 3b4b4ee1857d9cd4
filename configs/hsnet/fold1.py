"""HSNet, PASCAL-5^i, fold 1 (Table 1: 70.7 mIoU with 1 shot, 73.2 with 5).

tools/dist_train.sh configs/hsnet/fold1.py 4 --protocol hsnet
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=1))
val_dataloader = dict(dataset=dict(fold=1))
test_dataloader = dict(dataset=dict(fold=1))
