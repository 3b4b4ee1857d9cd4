"""CRNet's Table 4 on VOC-8, row 3: both; with the weights of table2_both.py.

The optimiser of the training, at a rate between the fastest and the safest of the sweep
in docs/benchmarks.md.
"""

_base_ = 'table4_fusion.py'

model = dict(
    fine_tuning=dict(
        steps=50,
        optimizer=dict(type='AdamW', lr=5e-4, weight_decay=1e-2),
    ),
)
