"""PL on VOC-8, as we read it: PANet without alignment."""

_base_ = 'fold0.py'

model = dict(decode_head=dict(alignment_weight=0.0))
