"""CRNet's Table 4 on VOC-8, row 1: fusion; with the weights of table2_both.py.

Images of the other rows' training size, at which a step of fine-tuning costs half.
"""

_base_ = 'table2_both.py'

model = dict(shot_fusion=dict())
at_test = dict(type='Resize', scale=_base_.train_size)
test_dataloader = dict(
    dataset=dict(
        query_pipeline=[_base_.load_image, at_test, _base_.load_mask],
        support_pipeline=[_base_.load_image, _base_.load_mask, at_test],
    )
)
