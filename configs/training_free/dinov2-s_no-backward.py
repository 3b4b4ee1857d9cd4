"""Without one step of dinov2-s.py: candidates are not matched backward.

There is no training.
python tools/test.py configs/training_free/dinov2-s_no-backward.py --fold 0
"""

_base_ = 'dinov2-s.py'

model = dict(decode_head=dict(backward=False))
