"""CANet, PASCAL-5^i, fold 3 (SimPropNet's rerun, Table 3: 47.46 mIoU with 1 shot).

tools/dist_train.sh configs/canet/fold3.py 2
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=3))
val_dataloader = dict(dataset=dict(fold=3))
test_dataloader = dict(dataset=dict(fold=3))
