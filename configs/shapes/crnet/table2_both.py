"""CRNet's Table 2 on the embedded data set, row 3: condition and cross-reference.

python tools/reproduce.py crnet/table2 --data shapes
"""

_base_ = '../crnet_fold0.py'

model = dict(decode_head=dict(refine=dict(use_cache=False)))
