"""DINOv2-S without training on your own photographs: all classes, without folds.

There is no training, and so no class that has to be held out. Images and masks lie in
data/folder, in any form that FewShotFolderDataset reads, at least two images a class.
python tools/test.py configs/training_free/photographs.py --shot 1
fss-mm segment training_free/photographs --support mug.jpg mug.png --query photographs
"""

_base_ = [
    '../_base_/models/dinov2-s.py',
    '../_base_/datasets/folder.py',
    '../_base_/schedules/no_training.py',
    '../_base_/default_runtime.py',
]

_resize = dict(type='Resize', scale=(518, 518))  # 37 x 37 patches of 14
_load_image = dict(type='LoadFewShotImage', imdecode_backend='pillow')
_load_mask = dict(type='LoadFewShotMask')
_test = dict(
    query_pipeline=[_load_image, _resize, _load_mask],
    support_pipeline=[_load_image, _load_mask, _resize],
)

_all = dict(fold=None, folds=None, novel_classes=(), min_images=2)

train_dataloader = dict(dataset=_all)
val_dataloader = dict(dataset=dict(**_all, **_test, test_mode=False))
test_dataloader = dict(dataset=dict(**_all, **_test, test_mode=False))
model = dict(
    backbone=dict(
        _delete_=True, type='PositionalDebias', backbone=_base_.model.backbone
    ),
    decode_head=dict(type='ClusterMatchHead', in_channels=(384, 384)),
)
