"""PGNet, PASCAL-5^i, fold 2 of 0 to 3.

tools/dist_train.sh configs/pgnet/fold2.py 2
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=2))
val_dataloader = dict(dataset=dict(fold=2))
test_dataloader = dict(dataset=dict(fold=2))
