"""SimPropNet's Table 4 on the embedded data set, row 2: CANet with DPr.

python tools/run_table.py configs/shapes/table4_*.py --folds 0 --num-episodes 200
"""

_base_ = 'table4_canet.py'

model = dict(type='DualLossSegmentor')
