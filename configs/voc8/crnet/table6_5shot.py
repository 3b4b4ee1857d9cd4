"""CRNet's Table 6 on VOC-8: the whole model, fine-tuned; with the weights of fold0.py.

The optimiser and steps are those of table4_finetune_fusion.py.
"""

_base_ = 'table2_both.py'

model = dict(
    decode_head=dict(
        in_channels=(256, 512), in_index=(0, 1), refine=dict(use_cache=True)
    ),
    shot_fusion=dict(),
    fine_tuning=dict(
        steps=50,
        optimizer=dict(type='AdamW', lr=5e-4, weight_decay=1e-2),
    ),
)
test_dataloader = dict(dataset=dict(num_shots=5))
train_cfg = None
