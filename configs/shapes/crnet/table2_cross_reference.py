"""CRNet's Table 2 on the embedded data set, row 2: cross-reference only."""

_base_ = 'table2_both.py'

model = dict(decode_head=dict(condition=False))
