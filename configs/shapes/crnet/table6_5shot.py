"""CRNet's Table 6 on the embedded data set: fine-tuned; with the weights of fold0."""

_base_ = 'fold0.py'

model = dict(
    shot_fusion=dict(),
    fine_tuning=dict(
        steps=50,
        optimizer=dict(type='AdamW', lr=1e-3, weight_decay=1e-2),
    ),
)
test_dataloader = dict(dataset=dict(num_shots=5))
train_cfg = None
