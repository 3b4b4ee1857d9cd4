"""CRNet's Table 3, row 3: mask refinement, tested at several scales.

Published 1-shot mIoU, mean of the folds: 53.4.
tools/dist_train.sh configs/crnet/table3_refine.py 2 --fold 0
"""

_base_ = 'table2_both.py'

model = dict(
    decode_head=dict(refine=dict(use_cache=True)), test_scales=(0.75, 1.0, 1.25)
)
