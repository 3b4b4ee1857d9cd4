"""CANet, PASCAL-5^i, fold 1 (SimPropNet's rerun, Table 3: 63.02 mIoU with 1 shot).

tools/dist_train.sh configs/canet/fold1.py 2
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=1))
val_dataloader = dict(dataset=dict(fold=1))
test_dataloader = dict(dataset=dict(fold=1))
