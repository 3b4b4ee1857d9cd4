"""CRNet's Table 3, row 2: tests at several scales, with the weights of table2_both.py.

Published 1-shot mIoU, mean of the folds: 50.3.
tools/dist_test.sh configs/crnet/table3_multi_scale.py CHECKPOINT 2 --fold 0
"""

_base_ = 'table2_both.py'

model = dict(test_scales=(0.75, 1.0, 1.25))
train_cfg = None
