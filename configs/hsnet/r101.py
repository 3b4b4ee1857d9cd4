"""HSNet on ResNet-101, 30 maps.

Published mIoU with 1 shot on folds 0-3 (Table 1): 67.3, 72.3, 62.0, 63.1; mean 66.2.
tools/dist_train.sh configs/hsnet/r101.py 4 --fold 0 --protocol hsnet
"""

_base_ = 'fold0.py'

model = dict(
    backbone=dict(
        name='resnet101',
        out_nodes=[
            *(f'layer2.{i}.add' for i in range(4)),
            *(f'layer3.{i}.add' for i in range(23)),
            *(f'layer4.{i}.add' for i in range(3)),
        ],
    ),
    decode_head=dict(
        in_channels=(512,) * 4 + (1024,) * 23 + (2048,) * 3, num_levels=(4, 23, 3)
    ),
)
