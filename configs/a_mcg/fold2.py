"""A-MCG (our reading), PASCAL-5^i, fold 2 (Table 5 of CRNet: 61.2 FB-IoU, all folds).

tools/dist_train.sh configs/a_mcg/fold2.py 2
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=2))
val_dataloader = dict(dataset=dict(fold=2))
test_dataloader = dict(dataset=dict(fold=2))
