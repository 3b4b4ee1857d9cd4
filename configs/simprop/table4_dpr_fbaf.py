"""SimPropNet's Table 4, row 4: dual prediction and attentive fusion (DPr + FBAF).

Published 1-shot mIoU on folds 0-3: 54.08, 67.29, 54.05, 52.93; mean 57.09.
tools/dist_train.sh configs/simprop/table4_dpr_fbaf.py 4 --fold 0
"""

_base_ = 'fold0.py'

model = dict(data_preprocessor=dict(input_channel_averaging=None))
