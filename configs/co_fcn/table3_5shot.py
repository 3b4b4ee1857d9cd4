"""co-FCN, 5-shot (SimPropNet's Table 3), with weights trained on one shot.

Published mIoU on folds 0-3: 37.50, 50.00, 44.10, 33.90; mean 41.40.
tools/dist_test.sh configs/co_fcn/table3_5shot.py CHECKPOINT 2 --fold 0
"""

_base_ = 'fold0.py'

val_dataloader = dict(dataset=dict(num_shots=5))
test_dataloader = dict(dataset=dict(num_shots=5))
