"""CRNet's Table 3, row 3: mask refinement, tested at several scales.

Published 1-shot mIoU, mean of the folds: 53.4.
tools/dist_train.sh configs/crnet/table3_refine.py 2 --fold 0
"""

_base_ = 'table2_both.py'

_model = _base_.model
_model.decode_head.refine.use_cache = True
model = dict(_delete_=True, type='MultiScale', segmentor=_model)
