"""HSNet on VGG-16, 7 maps: conv4 and conv5 in front of their ReLUs, the last pooling.

Published mIoU with 1 shot on folds 0-3 (Table 1): 59.6, 65.7, 59.6, 54.0; mean 59.7.
tools/dist_train.sh configs/hsnet/vgg16.py 4 --fold 0 --protocol hsnet
"""

_base_ = 'fold0.py'

model = dict(
    backbone=dict(
        name='vgg16',
        out_nodes=[
            *(f'conv4_{i}' for i in (1, 2, 3)),
            *(f'conv5_{i}' for i in (1, 2, 3)),
            'pool5',
        ],
    ),
    decode_head=dict(in_channels=(512,) * 7, num_levels=(3, 3, 1)),
)
