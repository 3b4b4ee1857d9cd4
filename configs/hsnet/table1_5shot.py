"""HSNet's Table 1, ResNet-50, 5 shots, with weights that were trained on one shot.

Published mIoU on folds 0-3: 70.3, 73.2, 67.4, 67.1; mean 69.5.
tools/dist_test.sh configs/hsnet/table1_5shot.py CHECKPOINT 4 --fold 0 --protocol hsnet
"""

_base_ = 'fold0.py'

val_dataloader = dict(dataset=dict(num_shots=5))
test_dataloader = dict(dataset=dict(num_shots=5))
