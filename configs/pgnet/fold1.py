"""PGNet, PASCAL-5^i, fold 1 of 0 to 3.

tools/dist_train.sh configs/pgnet/fold1.py 2
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=1))
val_dataloader = dict(dataset=dict(fold=1))
test_dataloader = dict(dataset=dict(fold=1))
