"""SimPropNet's Table 3, 5-shot, with weights that were trained on one shot.

Published mIoU on folds 0-3: 57.20, 68.50, 58.40, 56.05; mean 60.04.
tools/dist_test.sh configs/simprop/table3_5shot.py CHECKPOINT 4 --fold 0
"""

_base_ = 'fold0.py'

val_dataloader = dict(dataset=dict(num_shots=5))
test_dataloader = dict(dataset=dict(num_shots=5))
