"""AMP, PASCAL-5^i, fold 3 (Table 3: 34.70 mIoU with 1 shot, 39.90 with 5).

Tested with the weights of base.py of this fold.
tools/test.py configs/amp/fold3.py work_dirs/amp_base_fold3
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=3))
val_dataloader = dict(dataset=dict(fold=3))
test_dataloader = dict(dataset=dict(fold=3))
