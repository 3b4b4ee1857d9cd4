"""SimPropNet, COCO-20^i, fold 0 (not in the paper).

tools/dist_train.sh configs/simprop/coco-20i_fold0.py 4
Other folds: --fold 1. Consecutive classes (PANet):
--cfg-options train_dataloader.dataset.folds=contiguous and so on, or --protocol panet.
"""

_base_ = [
    '../_base_/models/simprop_r50.py',
    '../_base_/datasets/coco-20i.py',
    '../_base_/schedules/canet_sgd.py',
    '../_base_/default_runtime.py',
]

train_cfg = dict(type='IterBasedTrainLoop', max_iters=256000, val_interval=8000)
