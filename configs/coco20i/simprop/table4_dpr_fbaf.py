"""SimPropNet's Table 4 on COCO-20^i, row 4: dual prediction and attentive fusion."""

_base_ = '../../simprop/coco-20i_fold0.py'

model = dict(data_preprocessor=dict(input_channel_averaging=None))
