"""AMP, 5-shot (SimPropNet's Table 3), with the weights of base.py.

Published mIoU on folds 0-3: 41.80, 55.50, 50.30, 39.90; mean 46.90.
tools/test.py configs/amp/table3_5shot.py work_dirs/amp_base_fold0 --fold 0
"""

_base_ = 'fold0.py'

test_dataloader = dict(dataset=dict(num_shots=5))
