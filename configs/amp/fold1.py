"""AMP, PASCAL-5^i, fold 1 (Table 3: 50.20 mIoU with 1 shot, 55.50 with 5).

Tested with the weights of base.py of this fold.
tools/test.py configs/amp/fold1.py work_dirs/amp_base_fold1
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=1))
val_dataloader = dict(dataset=dict(fold=1))
test_dataloader = dict(dataset=dict(fold=1))
