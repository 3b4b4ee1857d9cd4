"""SimPropNet's Table 4 on COCO-20^i, row 3: attentive fusion without DPr."""

_base_ = '../../simprop/coco-20i_fold0.py'

model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(input_channel_averaging=None),
)
