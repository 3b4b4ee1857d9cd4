"""PFENet without the prior mask.

tools/train.py configs/pfenet/no_prior.py --fold 0
"""

_base_ = 'fold0.py'

model = dict(decode_head=dict(prior=None))
