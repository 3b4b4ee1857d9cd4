"""Without one step of dinov2-s.py: clusters do not count by their cosine to the seed.

There is no training.
python tools/test.py configs/training_free/dinov2-s_no-seed-weight.py --fold 0
"""

_base_ = 'dinov2-s.py'

model = dict(decode_head=dict(seed_weight=False))
