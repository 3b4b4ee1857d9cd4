"""Your own images and masks, in data/folder; see FewShotFolderDataset.

images/*.jpg (or any other format) with masks/<class>/*.png. Classes are divided into
four folds, drawn from a seed; name `novel_classes` and `fold=None` to choose yourself.
"""

_base_ = 'pipelines.py'

_folder = dict(
    type='FewShotFolderDataset',
    data_root='data/folder',
    folds=dict(num_folds=4, seed=0),
    fold=0,
)

train_dataloader = dict(dataset=_folder)
val_dataloader = dict(dataset=_folder, sampler=dict(num_episodes=200))
test_dataloader = dict(dataset=_folder, sampler=dict(num_episodes=200))
