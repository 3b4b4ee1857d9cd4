"""CANet, 5-shot (SimPropNet's rerun, Table 3), with weights trained on one shot.

Published mIoU on folds 0-3: 52.27, 65.29, 47.15, 50.50; mean 53.81.
tools/dist_test.sh configs/canet/table3_5shot.py CHECKPOINT 2 --fold 0
"""

_base_ = 'fold0.py'

val_dataloader = dict(dataset=dict(num_shots=5))
test_dataloader = dict(dataset=dict(num_shots=5))
