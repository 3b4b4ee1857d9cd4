"""HSNet on ResNet-50, COCO-20^i, fold 0 (Table 2).

The release trains on 40 episodes a step. Published mIoU with 1 shot on folds 0-3: 36.3,
43.1, 38.7, 38.7; mean 39.2.
tools/dist_train.sh configs/coco20i/hsnet/fold0.py 4 --protocol hsnet
"""

_base_ = '../../hsnet/fold0.py'

_coco = dict(
    type='FewShotCOCODataset',
    data_root='data/coco',
    protocol='coco-20i',
    min_pixels=2048,
)
train_dataloader = dict(
    batch_size=10,
    sampler=dict(draw='class_uniform'),
    dataset=dict(**_coco, split='train2014'),
)
val_dataloader = dict(dataset=dict(**_coco, split='val2014'))
test_dataloader = dict(dataset=dict(**_coco, split='val2014'))
auto_scale_lr = dict(base_batch_size=40)
