"""CRNet's Table 4, row 1: fusion, with the weights of table2_both.py.

Published mIoU with 1, 5 and 10 shots: 49.1, 50.2, 49.9.
tools/dist_test.sh configs/crnet/table4_fusion.py CHECKPOINT 2 --fold 0 --shot 5
"""

_base_ = 'table2_both.py'

model = dict(shot_fusion=dict())
train_cfg = None
