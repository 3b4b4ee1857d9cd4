"""CRNet with fine-tuning and fusion; with the weights of crnet_fold0.py.

An episode takes some seconds on a CPU; --num-episodes 10 is a quick look.
python tools/test.py configs/shapes/crnet_finetune.py work_dirs/shapes_crnet_fold0
"""

_base_ = 'crnet_fold0.py'

model = dict(
    shot_fusion=dict(),
    fine_tuning=dict(
        steps=50,
        optimizer=dict(type='AdamW', lr=1e-3, weight_decay=1e-2),
    ),
)
test_dataloader = dict(dataset=dict(num_shots=5), sampler=dict(num_episodes=50))
train_cfg = None
