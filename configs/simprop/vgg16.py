"""SimPropNet on VGG-16; not in the paper.

tools/dist_train.sh configs/simprop/vgg16.py 4 --fold 0
"""

_base_ = 'fold0.py'

# conv4_3 and conv5_3 behind their ReLUs, both at an eighth of the image
model = dict(
    backbone=dict(name='vgg16', out_nodes=('features.22', 'features.29')),
    decode_head=dict(in_channels=(512, 512)),
)
