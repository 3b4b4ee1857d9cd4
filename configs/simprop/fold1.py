"""SimPropNet, PASCAL-5^i, fold 1 (Table 3: 67.33 mIoU with 1 shot, 68.50 with 5).

tools/dist_train.sh configs/simprop/fold1.py 4
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=1))
val_dataloader = dict(dataset=dict(fold=1))
test_dataloader = dict(dataset=dict(fold=1))
