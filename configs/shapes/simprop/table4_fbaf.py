"""SimPropNet's Table 4 on the embedded data set, row 3: FBAF without DPr.

python tools/run_table.py configs/shapes/simprop/table4_*.py --folds 0
"""

_base_ = '../simprop_fold0.py'

model = dict(type='FewShotSegmentor')
