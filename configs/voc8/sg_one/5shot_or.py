"""SG-One on VOC-8 with 5 shots, of which each makes its own mask: their union.

Weights are those of fold0.py.
"""

_base_ = 'fold0.py'

model = dict(shot_fusion=dict(rule='any'))
val_dataloader = dict(dataset=dict(num_shots=5))
test_dataloader = dict(dataset=dict(num_shots=5))
