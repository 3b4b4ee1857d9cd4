"""MS COCO 2014 in 40 training, 20 validation and 20 test classes.

CRNet's Table 7 is of such a division, which was never published: this one is ours. Of
every four classes, in the order of COCO's ids, the first two are trained, the third
chooses the checkpoint and the fourth is tested. Classes that are not trained are
background in training. Never compare it with the published figures.
"""

_size = (321, 321)
_load_image = dict(type='LoadImageFromFile', imdecode_backend='pillow')
_load_mask = dict(type='LoadFewShotMask')
_resize = dict(type='Resize', scale=_size)
_coco = dict(
    type='FewShotCOCODataset', data_root='data/coco', protocol='coco-40-20-20',
    num_shots=1,
)  # fmt: skip
_val_classes, _test_classes = list(range(3, 81, 4)), list(range(4, 81, 4))

train_dataloader = dict(
    batch_size=2,
    num_workers=4,
    sampler=dict(type='EpisodicSampler', draw='class_uniform'),
    dataset=dict(
        **_coco,
        split='train2014',
        novel_classes=_val_classes + _test_classes,
        novel_images='keep',
        query_pipeline=[_load_image, _load_mask, _resize],
        support_pipeline=[
            _load_image,
            _load_mask,
            dict(type='RandomFlip', prob=0.5),
            dict(type='RandomResize', scale=_size, ratio_range=(1.0, 1.5)),
            dict(type='RandomCrop', crop_size=_size),
        ],
    ),
)
_novel = dict(
    **_coco,
    split='val2014',
    test_mode=True,
    query_pipeline=[_load_image, _resize, _load_mask],
    support_pipeline=[_load_image, _load_mask, _resize],
)
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    sampler=dict(type='FixedEpisodeSampler', num_episodes=1000, seeds=(100,)),
    dataset=dict(**_novel, novel_classes=_val_classes),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    sampler=dict(type='FixedEpisodeSampler', num_episodes=1000, seeds=(0, 1, 2)),
    dataset=dict(**_novel, novel_classes=_test_classes),
)
val_evaluator = dict(type='FewShotIoUMetric')
test_evaluator = dict(type='FewShotIoUMetric')
