"""PL as we read it, 5-shot, trained with 5 shots as well.

python tools/train.py configs/panet/pl_5shot.py --fold 0
"""

_base_ = 'fold0.py'

model = dict(decode_head=dict(alignment_weight=0.0))
train_dataloader = dict(dataset=dict(num_shots=5))
val_dataloader = dict(dataset=dict(num_shots=5))
test_dataloader = dict(dataset=dict(num_shots=5))
