"""CRNet's Table 7, MS COCO, row 1: condition only.

Published mIoU with 1 and 5 shots: 43.3 and 44.0, on a division of the classes
that was never published; this is ours.
tools/dist_train.sh configs/crnet/table7_condition.py 2
"""

_base_ = 'table7_both.py'

model = dict(decode_head=dict(cross_reference=None))
