"""PL (Dong and Xing, BMVC 2018) as we read it: PANet without alignment.

There is no code of it, and its settings were not found; these are PANet's.
python tools/train.py configs/panet/pl.py --fold 0
"""

_base_ = 'fold0.py'

model = dict(decode_head=dict(alignment_weight=0.0))
