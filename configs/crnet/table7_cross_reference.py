"""CRNet's Table 7, MS COCO, row 2: cross-reference only.

Published mIoU with 1 and 5 shots: 38.5 and 42.7, on a division of the classes
that was never published; this is ours.
tools/dist_train.sh configs/crnet/table7_cross_reference.py 2
"""

_base_ = 'table7_both.py'

model = dict(decode_head=dict(condition=False))
