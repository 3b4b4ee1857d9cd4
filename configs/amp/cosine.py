"""AMP after a base training with cosines (its authors' updated table), 1 shot.

Tested with the weights of cosine_base.py. Published mIoU on folds 0-3: 39.6, 52.1,
46.7, 34.6; mean 43.3.
tools/test.py configs/amp/cosine.py work_dirs/amp_cosine_base_fold0 --fold 0
"""

_base_ = 'fold0.py'

model = dict(decode_head=dict(cosine=True))
