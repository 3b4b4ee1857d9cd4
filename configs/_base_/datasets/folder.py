"""Your own images and masks, in data/folder; see FewShotFolderDataset.

images/*.jpg (or any other format) with masks/<class>/*.png. Classes are divided into
four folds, drawn from a seed; name `novel_classes` and `fold=None` to choose yourself.
"""

_size = (321, 321)
_load_image = dict(type='LoadImageFromFile', imdecode_backend='pillow')
_load_mask = dict(type='LoadFewShotMask')
_resize = dict(type='Resize', scale=_size)
_folder = dict(
    type='FewShotFolderDataset',
    data_root='data/folder',
    folds=dict(num_folds=4, seed=0),
    fold=0,
    num_shots=1,
)

train_dataloader = dict(
    batch_size=2,
    num_workers=4,
    sampler=dict(type='EpisodicSampler', draw='class_uniform'),
    dataset=dict(
        **_folder,
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
    **_folder,
    test_mode=True,
    query_pipeline=[_load_image, _resize, _load_mask],
    support_pipeline=[_load_image, _load_mask, _resize],
)
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    sampler=dict(type='FixedEpisodeSampler', num_episodes=200, seeds=(100,)),
    dataset=_novel,
)
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    sampler=dict(type='FixedEpisodeSampler', num_episodes=200, seeds=(0, 1, 2)),
    dataset=_novel,
)
val_evaluator = dict(type='FewShotIoUMetric')
test_evaluator = dict(type='FewShotIoUMetric')
