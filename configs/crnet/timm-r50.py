"""CRNet on timm's ResNet-50, layers 3 and 4 at an eighth of the image.

Weights: timm/resnet50.tv_in1k on the Hugging Face hub, BSD-3-Clause, which are those of
fold0.py. timm dilates as torchvision does, and fold0.py as CANet does: there a
convolution that loses its stride is dilated itself.
tools/dist_train.sh configs/crnet/timm-r50.py 2 --fold 0
"""

_base_ = 'fold0.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='TimmBackbone',
        name='resnet50.tv_in1k',
        out_indices=(3, 4),
        output_stride=8,
    )
)
