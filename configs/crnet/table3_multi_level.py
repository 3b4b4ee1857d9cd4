"""CRNet's Table 3, row 4: refinement and multi-level features, at several scales.

The model of fold0.py. Published 1-shot mIoU, mean of the folds: 55.2.
tools/dist_train.sh configs/crnet/table3_multi_level.py 2 --fold 0
"""

_base_ = 'fold0.py'

model = dict(test_scales=(0.75, 1.0, 1.25))
