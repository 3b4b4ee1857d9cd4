"""A-MCG (our reading), PASCAL-5^i, fold 3 (Table 5 of CRNet: 61.2 FB-IoU, all folds).

tools/dist_train.sh configs/a_mcg/fold3.py 2
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=3))
val_dataloader = dict(dataset=dict(fold=3))
test_dataloader = dict(dataset=dict(fold=3))
