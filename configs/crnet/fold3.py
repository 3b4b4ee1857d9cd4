"""CRNet, PASCAL-5^i, fold 3 (Table 5: 55.7 mIoU with 1 shot, mean of four folds).

tools/dist_train.sh configs/crnet/fold3.py 2
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=3))
val_dataloader = dict(dataset=dict(fold=3))
test_dataloader = dict(dataset=dict(fold=3))
