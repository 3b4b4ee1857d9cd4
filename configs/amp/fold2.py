"""AMP, PASCAL-5^i, fold 2 (Table 3: 46.70 mIoU with 1 shot, 50.30 with 5).

Tested with the weights of base.py of this fold.
tools/test.py configs/amp/fold2.py work_dirs/amp_base_fold2
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(fold=2))
val_dataloader = dict(dataset=dict(fold=2))
test_dataloader = dict(dataset=dict(fold=2))
