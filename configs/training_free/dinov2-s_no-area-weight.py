"""Without one step of dinov2-s.py: clusters do not count by their share of candidates.

There is no training.
python tools/test.py configs/training_free/dinov2-s_no-area-weight.py --fold 0
"""

_base_ = 'dinov2-s.py'

model = dict(decode_head=dict(area_weight=False))
