"""SimPropNet's Table 5: the support is the query.

Published mIoU on folds 0-3: 71.24, 82.09, 74.97, 77.15; mean 76.36.
tools/dist_test.sh configs/simprop/table5_identical.py CHECKPOINT 4 --fold 0
"""

_base_ = 'fold0.py'

test_dataloader = dict(sampler=dict(identical_inputs=True))
