"""FSS-1000: 520 classes to train, 240 to choose the checkpoint, 240 to test."""

_size = (321, 321)
_load_image = dict(type='LoadImageFromFile', imdecode_backend='pillow')
_load_mask = dict(type='LoadFewShotMask')
_resize = dict(type='Resize', scale=_size)
_fss = dict(type='FSS1000Dataset', data_root='data/fss1000', num_shots=1)

train_dataloader = dict(
    batch_size=2,
    num_workers=4,
    sampler=dict(type='EpisodicSampler', draw='class_uniform'),
    dataset=dict(
        **_fss,
        split='train',
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
    **_fss,
    test_mode=True,
    query_pipeline=[_load_image, _resize, _load_mask],
    support_pipeline=[_load_image, _load_mask, _resize],
)
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    sampler=dict(type='FixedEpisodeSampler', num_episodes=2400, seeds=(100,)),
    dataset=dict(**_novel, split='val'),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    sampler=dict(type='FixedEpisodeSampler', num_episodes=2400, seeds=(0, 1, 2)),
    dataset=dict(**_novel, split='test'),
)
val_evaluator = dict(type='FewShotIoUMetric')
test_evaluator = dict(type='FewShotIoUMetric')
