"""PFENet on VOC-8, without the prior mask."""

_base_ = 'fold0.py'

model = dict(decode_head=dict(prior=None))
