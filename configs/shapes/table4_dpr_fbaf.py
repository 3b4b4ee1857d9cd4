"""SimPropNet's Table 4 on the embedded data set, row 4: DPr and FBAF, as quickstart.

python tools/run_table.py configs/shapes/table4_*.py --folds 0 --num-episodes 200
"""

_base_ = 'simprop_fold0.py'
