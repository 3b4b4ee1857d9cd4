"""CRNet, PASCAL-5^i, fold 2 (Table 5: 55.7 mIoU with 1 shot, mean of four folds).

tools/dist_train.sh configs/crnet/fold2.py 2
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=2))
val_dataloader = dict(dataset=dict(fold=2))
test_dataloader = dict(dataset=dict(fold=2))
