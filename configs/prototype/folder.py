"""The training-free prototype on your own images and masks, in data/folder.

There is no training, so that folds only say which classes are tested.
python tools/test.py configs/prototype/folder.py --fold 0
"""

_base_ = [
    '../_base_/models/prototype_r50.py',
    '../_base_/datasets/folder.py',
    '../_base_/schedules/no_training.py',
    '../_base_/default_runtime.py',
]
