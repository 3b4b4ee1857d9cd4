"""CRNet's Table 2 on VOC-8, row 2: cross-reference only."""

_base_ = 'table2_both.py'

model = dict(decode_head=dict(condition=False))
