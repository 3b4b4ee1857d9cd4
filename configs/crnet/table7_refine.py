"""CRNet's Table 7, MS COCO, row 4: with mask refinement.

Published mIoU with 1 and 5 shots: 45.8 and 47.2, on a division of the classes
that was never published; this is ours.
tools/dist_train.sh configs/crnet/table7_refine.py 2
"""

_base_ = 'table7_both.py'

model = dict(decode_head=dict(refine=dict(use_cache=True)))
