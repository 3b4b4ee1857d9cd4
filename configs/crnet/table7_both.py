"""CRNet's Table 7, MS COCO, row 3: condition and cross-reference.

Published mIoU with 1 and 5 shots: 44.9 and 45.6, on a division into 40, 20 and 20
classes that was never published; this is ours. Multi-level features, as the whole
model; the paper does not say. Iterations are those of a VOC training of fold 0.
tools/dist_train.sh configs/crnet/table7_both.py 2
"""

_base_ = [
    '../_base_/models/crnet_r50.py',
    '../_base_/datasets/coco-40-20-20.py',
    '../_base_/schedules/canet_sgd.py',
    '../_base_/default_runtime.py',
]

model = dict(decode_head=dict(refine=dict(use_cache=False)))
train_cfg = dict(type='IterBasedTrainLoop', max_iters=570000, val_interval=10000)
auto_scale_lr = dict(base_batch_size=4)
