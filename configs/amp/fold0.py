"""AMP, PASCAL-5^i, fold 0 (Table 3: 41.90 mIoU with 1 shot, 41.80 with 5).

Tested with the weights of base.py of this fold; others are refused, naming the classes.
The supports bring labels of base classes, whose rows adapt as well.
tools/test.py configs/amp/fold0.py work_dirs/amp_base_fold0 --fold 0
"""

_base_ = [
    '../_base_/models/amp_vgg16.py',
    '../_base_/datasets/pascal-5i.py',
    '../_base_/schedules/no_training.py',
    '../_base_/default_runtime.py',
]

_load_image = dict(type='LoadFewShotImage', imdecode_backend='pillow')
_resize = dict(type='Resize', scale=(500, 500))
test_dataloader = dict(
    dataset=dict(
        query_pipeline=[_load_image, _resize, dict(type='LoadFewShotMask')],
        support_pipeline=[
            _load_image,
            dict(type='LoadFewShotMask', base_labels=True),
            _resize,
        ],
    )
)
