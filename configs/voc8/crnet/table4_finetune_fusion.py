"""CRNet's Table 4 on VOC-8, row 3: both; with the weights of table2_both.py.

The optimiser of the training, at a rate between the fastest and the safest of the sweep
in docs/benchmarks.md.
"""

_base_ = 'table2_both.py'

model = dict(
    shot_fusion=dict(),
    fine_tuning=dict(
        steps=50,
        optimizer=dict(type='AdamW', lr=5e-4, weight_decay=1e-2),
    ),
)
at_test = dict(type='Resize', scale=_base_.train_size)
test_dataloader = dict(
    dataset=dict(
        query_pipeline=[_base_.load_image, at_test, _base_.load_mask],
        support_pipeline=[_base_.load_image, _base_.load_mask, at_test],
    )
)
