"""PFENet, 5-shot, with weights that were trained on one shot.

Published mean mIoU of the four folds: 61.9.
python tools/test.py configs/pfenet/5shot.py CHECKPOINT --fold 0
"""

_base_ = 'fold0.py'

val_dataloader = dict(dataset=dict(num_shots=5))
test_dataloader = dict(dataset=dict(num_shots=5))
