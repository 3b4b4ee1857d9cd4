"""SimPropNet's Table 4, row 3: attentive fusion (FBAF), trained on the query alone.

Published 1-shot mIoU on folds 0-3: 54.16, 66.71, 49.11, 52.00; mean 55.50.
tools/dist_train.sh configs/simprop/table4_fbaf.py 4 --fold 0
"""

_base_ = 'fold0.py'

model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(input_channel_averaging=None),
)
