"""CRNet's Table 3 on VOC-8, row 3: mask refinement (tested at several scales)."""

_base_ = 'table2_both.py'

model = dict(decode_head=dict(refine=dict(use_cache=True)))
