"""CRNet's Table 2, row 3: condition and cross-reference.

The last layer's features alone, masks predicted in one pass. Published 1-shot mIoU,
mean of the folds: 49.1.
tools/dist_train.sh configs/crnet/table2_both.py 2 --fold 0
"""

_base_ = [
    '../_base_/models/crnet_r50.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/canet_200e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    decode_head=dict(in_channels=(2048,), in_index=(1,), refine=dict(use_cache=False))
)
