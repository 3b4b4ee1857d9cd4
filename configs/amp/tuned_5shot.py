"""AMP, 5 shots, its rows fine-tuned on the supports: each of them twice.

Tested with the weights of base.py.
tools/test.py configs/amp/tuned_5shot.py work_dirs/amp_base_fold0 --fold 0
"""

_base_ = 'fold0.py'

model = dict(
    decode_head=dict(alpha=0.14139),
    fine_tuning=dict(
        tuned='class', steps=2, optimizer=dict(type='RMSprop', lr=7.6131e-5)
    ),
)
test_dataloader = dict(dataset=dict(num_shots=5))
