"""SimPropNet's Table 4, row 5: DPr + FBAF + ICA, the whole of SimPropNet.

Published 1-shot mIoU on folds 0-3: 54.86, 67.33, 54.52, 52.02; mean 57.19.
tools/dist_train.sh configs/simprop/table4_dpr_fbaf_ica.py 4 --fold 0
"""

_base_ = 'fold0.py'
