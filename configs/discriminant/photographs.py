"""The linear discriminant on your own photographs: all classes, without folds.

There is no training, and so no class that has to be held out. Images and masks lie in
data/folder, as for configs/prototype/photographs.py; better than it where a class has
several supports.
python tools/test.py configs/discriminant/photographs.py --shot 5
"""

_base_ = [
    '../_base_/models/discriminant_r50.py',
    '../_base_/datasets/folder.py',
    '../_base_/schedules/no_training.py',
    '../_base_/default_runtime.py',
]

_all = dict(fold=None, folds=None, novel_classes=(), min_images=2)

train_dataloader = dict(dataset=_all)
val_dataloader = dict(dataset=dict(**_all, test_mode=False))
test_dataloader = dict(dataset=dict(**_all, test_mode=False))
