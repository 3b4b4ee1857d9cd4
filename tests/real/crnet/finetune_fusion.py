"""CRNet's Table 4 on VOC-8, row 3: both; with the weights of both.py."""

_base_ = 'fusion.py'

model = dict(
    _delete_=True,
    type='FineTuning',
    segmentor=_base_.model,
    steps=25,
    optimizer=dict(type='SGD', lr=2.5e-3, momentum=0.9),
)
