"""PFENet whose frozen batch norms keep their running statistics in training as well.

tools/train.py configs/pfenet/norm_eval.py --fold 0
"""

_base_ = 'fold0.py'

model = dict(backbone=dict(norm_eval=True), encode_together=True)
