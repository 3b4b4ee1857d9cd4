"""CRNet's Table 2, row 1: condition only, the paper's baseline.

Published 1-shot mIoU, mean of the folds: 36.3.
tools/dist_train.sh configs/crnet/table2_condition.py 2 --fold 0
"""

_base_ = 'table2_both.py'

model = dict(decode_head=dict(cross_reference=None))
