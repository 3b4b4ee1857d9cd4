"""SimPropNet, PASCAL-5^i, fold 2 (Table 3: 54.52 mIoU with 1 shot, 58.40 with 5).

tools/dist_train.sh configs/simprop/fold2.py 4
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=2))
val_dataloader = dict(dataset=dict(fold=2))
test_dataloader = dict(dataset=dict(fold=2))
