"""CRNet's Table 4 on the embedded data set, row 3.

Fine-tuning and fusion, with the weights of table2_both.
"""

_base_ = 'table2_both.py'

model = dict(
    shot_fusion=dict(),
    fine_tuning=dict(
        steps=50,
        optimizer=dict(type='AdamW', lr=1e-3, weight_decay=1e-2),
    ),
)
test_dataloader = dict(dataset=dict(num_shots=5))
train_cfg = None
