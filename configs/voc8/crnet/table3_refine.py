"""CRNet's Table 3 on VOC-8, row 3: mask refinement (tested at several scales).

With ``cache_scale=20``, which is not in the paper: features in front of the combine
block have a spread of about 10 here, the cache lies in [0, 1].
"""

_base_ = 'table2_both.py'

model = dict(decode_head=dict(refine=dict(use_cache=True, cache_scale=20.0)))
