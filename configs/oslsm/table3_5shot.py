"""OSLSM, 5-shot (SimPropNet's Table 3), with weights trained on one shot.

Published mIoU on folds 0-3: 35.90, 58.10, 42.70, 39.10; mean 43.90.
tools/dist_test.sh configs/oslsm/table3_5shot.py CHECKPOINT 2 --fold 0
"""

_base_ = 'fold0.py'

val_dataloader = dict(dataset=dict(num_shots=5))
test_dataloader = dict(dataset=dict(num_shots=5))
