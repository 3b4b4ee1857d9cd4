"""The example head on the embedded data set.

PYTHONPATH=projects/example_head python tools/train.py \
    projects/example_head/configs/nearest_color_shapes.py
"""

_base_ = '../../../configs/shapes/simprop_fold0.py'

custom_imports = dict(imports=['nearest_color_head'], allow_failed_imports=False)
model = dict(
    type='FewShotSegmentor',
    decode_head=dict(
        _delete_=True, type='NearestColorHead', in_channels=(64,), in_index=(0,)
    ),
)
