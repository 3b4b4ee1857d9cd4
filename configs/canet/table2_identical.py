"""CANet with the query as its support (SimPropNet's Table 2).

Published mIoU on folds 0-3: 54.51, 63.98, 48.20, 52.76; mean 54.86.
tools/dist_test.sh configs/canet/table2_identical.py CHECKPOINT 2 --fold 0
"""

_base_ = 'fold0.py'

test_dataloader = dict(sampler=dict(identical_inputs=True))
