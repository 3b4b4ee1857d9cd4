"""SimPropNet's Table 4 on the embedded data set, row 5: DPr + FBAF + ICA.

python tools/run_table.py configs/shapes/simprop/table4_*.py --folds 0
"""

_base_ = '../simprop_fold0.py'

model = dict(data_preprocessor=dict(input_channel_averaging=dict(prob=0.25, decay=5.0)))
