"""CRNet's Table 2 on the embedded data set, row 1: condition only."""

_base_ = 'table2_both.py'

model = dict(decode_head=dict(cross_reference=None))
