"""CANet, PASCAL-5^i, fold 2 (SimPropNet's rerun, Table 3: 46.09 mIoU with 1 shot).

tools/dist_train.sh configs/canet/fold2.py 2
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=2))
val_dataloader = dict(dataset=dict(fold=2))
test_dataloader = dict(dataset=dict(fold=2))
