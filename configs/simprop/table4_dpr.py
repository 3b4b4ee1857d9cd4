"""SimPropNet's Table 4, row 2: CANet with dual prediction (DPr).

Published 1-shot mIoU on folds 0-3: 52.69, 66.57, 53.10, 51.23; mean 55.89.
tools/dist_train.sh configs/simprop/table4_dpr.py 4 --fold 0
"""

_base_ = 'table4_canet.py'

model = dict(type='DualLossSegmentor')
