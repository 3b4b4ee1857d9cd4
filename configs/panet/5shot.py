"""PANet, 5-shot, which is trained with 5 shots as well.

Published mIoU on folds 0-3: 51.80, 64.60, 59.80, 46.50; mean 55.70.
python tools/train.py configs/panet/5shot.py --fold 0
"""

_base_ = 'fold0.py'

train_dataloader = dict(dataset=dict(num_shots=5))
val_dataloader = dict(dataset=dict(num_shots=5))
test_dataloader = dict(dataset=dict(num_shots=5))
