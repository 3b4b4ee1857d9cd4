"""What the data sets of photographs share: pipelines, loaders and metrics.

Supports are flipped and cropped, queries squeezed to 321 x 321 (CANet's code); a crop
that loses the class is drawn again, which CANet's code does not do. Masks are tested at
their original size, of one query at a time, so that scores do not depend on the number
of processes by a single pixel.
"""

_size = (321, 321)
_load_image = dict(type='LoadFewShotImage', imdecode_backend='pillow')
_load_mask = dict(type='LoadFewShotMask')
_resize = dict(type='Resize', scale=_size)
_novel = dict(
    test_mode=True,
    num_shots=1,
    query_pipeline=[_load_image, _resize, _load_mask],
    support_pipeline=[_load_image, _load_mask, _resize],
)

train_dataloader = dict(
    batch_size=2,
    num_workers=4,
    sampler=dict(type='EpisodicSampler', draw='class_uniform'),
    dataset=dict(
        num_shots=1,
        query_pipeline=[_load_image, _load_mask, _resize],
        support_pipeline=[
            _load_image,
            _load_mask,
            dict(type='RandomFlip', prob=0.5),
            dict(type='RandomResize', scale=_size, ratio_range=(1.0, 1.5)),
            dict(type='ClassAwareRandomCrop', crop_size=_size),
        ],
    ),
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
