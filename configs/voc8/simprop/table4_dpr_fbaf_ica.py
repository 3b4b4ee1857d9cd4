"""SimPropNet's Table 4 on VOC-8, row 5: the whole of SimPropNet."""

_base_ = 'table4_fbaf.py'

model = dict(
    type='DualLossSegmentor',
    data_preprocessor=dict(input_channel_averaging=dict(prob=0.25, decay=5.0)),
)
