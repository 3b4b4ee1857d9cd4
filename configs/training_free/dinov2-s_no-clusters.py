"""Without one step of dinov2-s.py: the candidates are the mask.

There is no training.
python tools/test.py configs/training_free/dinov2-s_no-clusters.py --fold 0
"""

_base_ = 'dinov2-s.py'

model = dict(decode_head=dict(clusters=False))
