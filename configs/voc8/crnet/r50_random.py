"""CRNet at full size on VOC-8, with random weights: for speed, not for scores.

Nothing is downloaded; test images are squeezed to 321 x 321.
fss-mm benchmark configs/voc8/crnet/r50_random.py --against plain
"""

_base_ = ['../../_base_/models/crnet_r50.py', '../../_base_/datasets/voc8.py']

custom_imports = None  # the backbone is torchvision's
model = dict(backbone=dict(weights=None))
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=2.5e-3, momentum=0.9, weight_decay=5e-4),
)
