"""PASCAL-5^i as PFENet's released code trains on it: its list, sizes and augmentation.

The code's blur is left out, and padding is on the right and below instead of around.
Each (image, class) pair is a query once an epoch; in the code each image is, with one
of its classes. At test images are squeezed to 473 x 473; the code pads them.
"""

_base_ = 'pipelines.py'

_size, _mean = (473, 473), (103.53, 116.28, 123.675)  # BGR, as loaded
_load_image = dict(type='LoadFewShotImage', imdecode_backend='pillow')
_load_mask = dict(type='LoadFewShotMask')
_squeeze = dict(type='Resize', scale=_size)
_augmented = [
    _load_image,
    _load_mask,
    # VOC's images are 500 pixels long
    dict(
        type='RandomResize', scale=(500, 500), ratio_range=(0.9, 1.1), keep_ratio=True
    ),
    dict(type='RandomRotate', prob=0.5, degree=10, pad_val=_mean, seg_pad_val=255),
    dict(type='RandomFlip', prob=0.5),
    dict(type='Pad', size=_size, pad_val=dict(img=_mean, seg=255)),
    dict(type='ClassAwareRandomCrop', crop_size=_size, min_class_share=0.85),
]
_pascal = dict(
    type='FewShotPascalDataset',
    data_root='data/VOCdevkit/VOC2012',
    protocol='pfenet',
    fold=0,
    min_pixels=2048,
)
_novel = dict(
    **_pascal,
    split='val',
    query_pipeline=[_load_image, _squeeze, _load_mask],
    support_pipeline=[_load_image, _load_mask, _squeeze],
)

train_dataloader = dict(
    batch_size=4,
    sampler=dict(draw='every_pair'),
    dataset=dict(
        **_pascal,
        split='pfenet_train',
        novel_images='keep',
        query_pipeline=_augmented,
        support_pipeline=_augmented,
    ),
)
val_dataloader = dict(dataset=_novel)
test_dataloader = dict(dataset=_novel)
