"""SimPropNet's Table 4 on the embedded data set, row 4: DPr and FBAF, as quickstart.

python tools/run_table.py configs/shapes/simprop/table4_*.py --folds 0
"""

_base_ = '../simprop_fold0.py'
