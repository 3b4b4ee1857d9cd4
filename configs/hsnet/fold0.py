"""HSNet, PASCAL-5^i, fold 0 (Table 1: 64.3 mIoU with 1 shot, 70.3 with 5).

The release trains and tests at 400 x 400 without augmentation, under the protocol
hsnet, which scores at that size. Validation every 2,000 steps chooses the weights.
tools/dist_train.sh configs/hsnet/fold0.py 4 --protocol hsnet
tools/dist_test.sh configs/hsnet/fold0.py work_dirs/hsnet_fold0 4 --protocol hsnet
"""

_base_ = [
    '../_base_/models/hsnet_r50.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/hsnet_adam.py',
    '../_base_/default_runtime.py',
]

load_image = dict(type='LoadFewShotImage', imdecode_backend='pillow')
load_mask = dict(type='LoadFewShotMask')
resize = dict(type='Resize', scale=(400, 400))
pipeline = [load_image, load_mask, resize]
novel = dict(query_pipeline=[load_image, resize, load_mask], support_pipeline=pipeline)
train_dataloader = dict(
    batch_size=5, dataset=dict(query_pipeline=pipeline, support_pipeline=pipeline)
)
val_dataloader = dict(dataset=novel)
test_dataloader = dict(dataset=novel)
