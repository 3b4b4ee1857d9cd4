"""The training-free prototype on your own photographs: all classes, without folds.

There is no training, and so no class that has to be held out. Images and masks lie in
data/folder, in any form that FewShotFolderDataset reads, at least two images a class.
python tools/test.py configs/prototype/photographs.py --shot 1
python tools/test.py configs/prototype/photographs.py \
    --cfg-options test_dataloader.dataset.data_root=my/photographs
"""

_base_ = ['folder.py']

_all = dict(fold=None, folds=None, novel_classes=(), min_images=2)

train_dataloader = dict(dataset=_all)
val_dataloader = dict(dataset=dict(**_all, test_mode=False))
test_dataloader = dict(dataset=dict(**_all, test_mode=False))
