"""CRNet's Table 4, row 2: fine-tuning, with the weights of table2_both.py.

The fine-tuned model is shown the first support. Published mIoU with 5 and 10 shots:
57.5 and 59.1; with one shot there is nothing to fine-tune on.
tools/dist_test.sh configs/crnet/table4_finetune.py CHECKPOINT 2 --shot 10
"""

_base_ = 'table2_both.py'

model = dict(
    shot_fusion=dict(max_shots=1),
    fine_tuning=dict(
        steps=100,
        optimizer=dict(type='SGD', lr=2.5e-4, momentum=0.9),
    ),
)
test_dataloader = dict(dataset=dict(num_shots=5))
train_cfg = None
