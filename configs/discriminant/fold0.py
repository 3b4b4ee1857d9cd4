"""The linear discriminant without training, PASCAL-5^i, fold 0 (others: --fold 1).

There is no training: without a checkpoint it starts from the backbone's own weights.
python tools/test.py configs/discriminant/fold0.py --fold 0 --shot 5
"""

_base_ = [
    '../_base_/models/discriminant_r50.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/no_training.py',
    '../_base_/default_runtime.py',
]
