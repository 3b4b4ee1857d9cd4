"""SimPropNet, PASCAL-5^i, fold 3 (Table 3: 52.02 mIoU with 1 shot, 56.05 with 5).

tools/dist_train.sh configs/simprop/fold3.py 4
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=3))
val_dataloader = dict(dataset=dict(fold=3))
test_dataloader = dict(dataset=dict(fold=3))
