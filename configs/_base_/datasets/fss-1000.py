"""FSS-1000: 520 classes to train, 240 to choose the checkpoint, 240 to test."""

_base_ = 'pipelines.py'

_fss = dict(type='FSS1000Dataset', data_root='data/fss1000')

train_dataloader = dict(dataset=dict(**_fss, split='train'))
val_dataloader = dict(
    dataset=dict(**_fss, split='val'), sampler=dict(num_episodes=2400)
)
test_dataloader = dict(
    dataset=dict(**_fss, split='test'), sampler=dict(num_episodes=2400)
)
