"""CRNet on VGG-16 (Table 5: 55.2 mIoU with 1 shot, Table 6: 58.5 with 5).

The paper does not say which of its layers are used.
tools/dist_train.sh configs/crnet/vgg16.py 2 --fold 0
"""

_base_ = 'fold0.py'

# conv4_3 and conv5_3 behind their ReLUs, both at an eighth of the image
model = dict(
    backbone=dict(name='vgg16', out_nodes=('features.22', 'features.29')),
    decode_head=dict(in_channels=(512, 512)),
)
