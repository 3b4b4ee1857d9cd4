"""Without one step of dinov2-s.py: cells keep what they say of their place.

There is no training.
python tools/test.py configs/training_free/dinov2-s_no-debias.py --fold 0
"""

_base_ = 'dinov2-s.py'

model = dict(decode_head=dict(in_channels=(384,), in_index=(0,)))
