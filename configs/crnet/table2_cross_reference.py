"""CRNet's Table 2, row 2: cross-reference only. The support's mask is not looked at.

Published 1-shot mIoU, mean of the folds: 43.3.
tools/dist_train.sh configs/crnet/table2_cross_reference.py 2 --fold 0
"""

_base_ = 'table2_both.py'

model = dict(decode_head=dict(condition=False))
