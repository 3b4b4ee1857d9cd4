"""A-MCG (our reading), PASCAL-5^i, fold 1 (Table 5 of CRNet: 61.2 FB-IoU, all folds).

tools/dist_train.sh configs/a_mcg/fold1.py 2
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=1))
val_dataloader = dict(dataset=dict(fold=1))
test_dataloader = dict(dataset=dict(fold=1))
