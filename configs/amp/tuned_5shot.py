"""AMP, 5 shots, its rows fine-tuned on the supports: each of them twice.

With the weights of base.py.
tools/test.py configs/amp/tuned_5shot.py work_dirs/amp_base_fold0 --fold 0
"""

_base_ = 'tuned.py'

model = dict(fine_tuning=dict(optimizer=dict(lr=7.6131e-5)))
test_dataloader = dict(dataset=dict(num_shots=5))
