"""CRNet's Table 2, row 3: condition and cross-reference.

The last layer's features alone, masks predicted in one pass. Published 1-shot mIoU,
mean of the folds: 49.1.
tools/dist_train.sh configs/crnet/table2_both.py 2 --fold 0
"""

_base_ = 'fold0.py'

model = dict(
    decode_head=dict(in_channels=(2048,), in_index=(1,), refine=dict(use_cache=False))
)
