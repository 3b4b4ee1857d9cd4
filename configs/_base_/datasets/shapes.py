"""The embedded data set: 20 drawn classes, four folds of five, nothing to download."""

_shapes = dict(type='FewShotShapesDataset', fold=0, num_shots=1)

train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    sampler=dict(type='EpisodicSampler', draw='class_uniform'),
    dataset=dict(**_shapes, split='train', num_images=8000),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=0,
    sampler=dict(type='FixedEpisodeSampler', num_episodes=100),
    dataset=dict(**_shapes, split='val', num_images=400, test_mode=True),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=0,
    sampler=dict(type='FixedEpisodeSampler', num_episodes=200, seeds=(0, 1, 2)),
    dataset=dict(**_shapes, split='test', num_images=400, test_mode=True),
)
val_evaluator = dict(type='FewShotIoUMetric')
test_evaluator = dict(type='FewShotIoUMetric')
