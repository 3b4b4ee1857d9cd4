"""COCO-20^i: MS COCO 2014, every fourth class a fold (FWB, HSNet, BAM)."""

_size = (321, 321)
_load_image = dict(type='LoadImageFromFile', imdecode_backend='pillow')
_load_mask = dict(type='LoadFewShotMask')
_resize = dict(type='Resize', scale=_size)
_coco = dict(
    type='FewShotCOCODataset',
    data_root='data/coco',
    protocol='coco-20i',
    fold=0,
    num_shots=1,
)

train_dataloader = dict(
    batch_size=2,
    num_workers=4,
    sampler=dict(type='EpisodicSampler', draw='class_uniform'),
    dataset=dict(
        **_coco,
        split='train2014',
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
    min_pixels=2048,
    test_mode=True,
    query_pipeline=[_load_image, _resize, _load_mask],
    support_pipeline=[_load_image, _load_mask, _resize],
)
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    sampler=dict(type='FixedEpisodeSampler', num_episodes=1000, seeds=(100,)),
    dataset=_novel,
)
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    sampler=dict(type='FixedEpisodeSampler', num_episodes=1000, seeds=(0, 1, 2)),
    dataset=_novel,
)
val_evaluator = dict(type='FewShotIoUMetric')
test_evaluator = dict(type='FewShotIoUMetric')
