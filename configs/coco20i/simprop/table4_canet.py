"""SimPropNet's Table 4 on COCO-20^i, row 1: CANet (not in the paper).

Iterations are those of a VOC training of fold 0, 8 episodes a step.
python tools/reproduce.py simprop/table4 --data coco20i
"""

_base_ = [
    '../../_base_/models/canet_r50.py',
    '../../_base_/datasets/coco-20i.py',
    '../../_base_/schedules/canet_sgd.py',
    '../../_base_/default_runtime.py',
]

train_cfg = dict(type='IterBasedTrainLoop', max_iters=256000, val_interval=8000)
