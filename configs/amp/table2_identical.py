"""AMP with the query as its support (SimPropNet's Tables 2 and 5).

Tested with the weights of base.py. Published mIoU on folds 0-3: 54.41, 69.34, 64.79,
60.02; mean 62.14.
tools/test.py configs/amp/table2_identical.py work_dirs/amp_base_fold0 --fold 0
"""

_base_ = 'fold0.py'

test_dataloader = dict(sampler=dict(identical_inputs=True))
