"""PFENet on VGG-16 with batch norms; layer 3 and the prior at a 16th of the image.

Weights: torchvision's. tools/train.py configs/pfenet/vgg16.py --fold 0
"""

_base_ = 'fold0.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='TorchvisionBackbone',
        name='vgg16_bn',
        out_nodes=('pool3', 'pool4', 'relu5_3'),
        output_stride=None,
        norm_eval=False,
    ),
    decode_head=dict(in_channels=(256, 512), prior=dict(layers=('relu5_3',))),
)
