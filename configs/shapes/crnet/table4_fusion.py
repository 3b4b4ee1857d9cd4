"""CRNet's Table 4 on the embedded data set: fusion; with the weights of table2_both."""

_base_ = 'table2_both.py'

model = dict(shot_fusion=dict())
train_cfg = None
