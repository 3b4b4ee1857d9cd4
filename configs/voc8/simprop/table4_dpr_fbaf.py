"""SimPropNet's Table 4 on VOC-8, row 4: DPr and FBAF."""

_base_ = 'table4_fbaf.py'

model = dict(type='DualLossSegmentor')
