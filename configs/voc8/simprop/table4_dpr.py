"""SimPropNet's Table 4 on VOC-8, row 2: CANet with dual prediction (DPr)."""

_base_ = 'table4_canet.py'

model = dict(type='DualLossSegmentor')
