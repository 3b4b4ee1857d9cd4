"""AMP's base training with cosines, PASCAL-5^i: of its authors' updated table.

As base.py, but for scores: cosines times a learned scale, 20 at first.
tools/train.py configs/amp/cosine_base.py --fold 0
"""

_base_ = 'base.py'

model = dict(decode_head=dict(cosine=True))
