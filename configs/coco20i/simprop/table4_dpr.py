"""SimPropNet's Table 4 on COCO-20^i, row 2: CANet with dual prediction (DPr)."""

_base_ = 'table4_canet.py'

model = dict(type='DualLossSegmentor')
