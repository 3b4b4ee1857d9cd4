"""PGNet, 5-shot, with weights that were trained on one shot.

Published mean of the four folds: 58.5 mIoU, 70.5 FB-IoU (Table 6 of CRNet).
tools/dist_test.sh configs/pgnet/5shot.py CHECKPOINT 2 --fold 0
"""

_base_ = 'fold0.py'

val_dataloader = dict(dataset=dict(num_shots=5))
test_dataloader = dict(dataset=dict(num_shots=5))
