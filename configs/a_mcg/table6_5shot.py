"""A-MCG, 5-shot (CRNet's Table 6), with weights trained on one shot.

Published FB-IoU, mean of the folds: 62.2.
tools/dist_test.sh configs/a_mcg/table6_5shot.py CHECKPOINT 2 --fold 0
"""

_base_ = 'fold0.py'

val_dataloader = dict(dataset=dict(num_shots=5))
test_dataloader = dict(dataset=dict(num_shots=5))
