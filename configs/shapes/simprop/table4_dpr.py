"""SimPropNet's Table 4 on the embedded data set, row 2: CANet with DPr.

python tools/run_table.py configs/shapes/simprop/table4_*.py --folds 0
"""

_base_ = 'table4_canet.py'

model = dict(type='DualLossSegmentor')
