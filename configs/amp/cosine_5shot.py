"""AMP after a base training with cosines (its authors' updated table), 5 shots.

Tested with the weights of cosine_base.py. Published mIoU on folds 0-3: 44.5, 57.3,
50.8, 41.4; mean 48.5.
tools/test.py configs/amp/cosine_5shot.py work_dirs/amp_cosine_base_fold0 --fold 0
"""

_base_ = 'fold0.py'

model = dict(decode_head=dict(cosine=True))
test_dataloader = dict(dataset=dict(num_shots=5))
