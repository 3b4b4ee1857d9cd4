"""CRNet's Table 4, row 3: fine-tuning and fusion, with the weights of table2_both.py.

Published mIoU with 5 and 10 shots: 57.6 and 58.8.
tools/dist_test.sh configs/crnet/table4_finetune_fusion.py CHECKPOINT 2 --shot 10
"""

_base_ = 'table2_both.py'

model = dict(
    shot_fusion=dict(),
    fine_tuning=dict(
        steps=100,
        optimizer=dict(type='SGD', lr=2.5e-4, momentum=0.9),
    ),
)
test_dataloader = dict(dataset=dict(num_shots=5))
train_cfg = None
